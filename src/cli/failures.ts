import { readFile } from 'node:fs/promises';
import type { RunResult } from '../executors/events.js';
import { plural } from './format.js';
import type { Output } from './output.js';

const TAIL_LINES = 12;
/** Steps that are named of those that could not run. */
const MOST_NAMED = 8;

/** Names each failed step with the end of its log, and what ran all the same. */
export async function tellFailures({ failed, skipped, done, reused }: RunResult, output: Output): Promise<void> {
  for (const { step, message, reason, log } of failed) {
    output.error(
      `${output.paint('red', 'failed', 'err')} ${step.title} (${step.id}): ${reason === 'threw' ? '' : `${reason}: `}${message}`,
    );
    const tail = await tailOf(log);
    if (tail.length > 0) output.error(tail.map((line) => `    ${line}`).join('\n'));
    output.error(`    log: ${log}`);
  }
  const titles = skipped.slice(0, MOST_NAMED).map(({ step }) => step.title);
  const others = skipped.length - titles.length;
  if (skipped.length > 0)
    output.error(`Not run, because they need it: ${titles.join(', ')}${others > 0 ? ` and ${plural(others, 'other')}` : ''}.`);
  output.error(`${plural(done.length + reused.length, 'other step')} ran and ${done.length + reused.length === 1 ? 'is' : 'are'} kept.`);
}

async function tailOf(log: string): Promise<string[]> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-TAIL_LINES).filter(Boolean);
}
