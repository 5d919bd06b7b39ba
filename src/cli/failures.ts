import { readFile } from 'node:fs/promises';
import type { FailedStep, RunResult } from '../executors/events.js';
import type { ExitCode } from './exit.js';
import { EXIT } from './exit.js';
import { plural } from './format.js';
import type { Output } from './output.js';

const TAIL_LINES = 12;
/** Steps that are named of those that could not run. */
const MOST_NAMED = 8;

/**
 * Says what went wrong, once however many steps it stopped, with the end of the log where that tells more (of our own errors, whose stack it is,
 * only with --verbose), and what ran all the same.
 */
export async function tellFailures({ failed, skipped, done, reused }: RunResult, output: Output): Promise<void> {
  const causes = new Map<string, FailedStep[]>();
  for (const failure of failed) {
    const said = `${['threw', 'refused'].includes(failure.reason) ? '' : `${failure.reason}: `}${failure.message}`;
    causes.set(said, [...(causes.get(said) ?? []), failure]);
  }
  for (const [said, steps] of causes) {
    const names = steps.map(({ step }) => `${step.title} (${step.id})`).join(', ');
    output.error(`${output.paint('red', 'failed', 'err')} ${names}: ${said}`);
    const { reason, log } = steps[0]!;
    const tail = reason === 'refused' || (reason === 'threw' && output.level !== 'verbose') ? [] : await tailOf(log);
    if (tail.length > 0) output.error(tail.map((line) => `    ${line}`).join('\n'));
    for (const each of steps) output.error(`    log: ${each.log}`);
  }
  const titles = skipped.slice(0, MOST_NAMED).map(({ step }) => step.title);
  const others = skipped.length - titles.length;
  if (skipped.length > 0)
    output.error(`Not run, because they need it: ${titles.join(', ')}${others > 0 ? ` and ${plural(others, 'other')}` : ''}.`);
  const before = reused.length > 0 ? `; ${plural(reused.length, 'step')} ${reused.length === 1 ? 'was' : 'were'} there before` : '';
  output.error(`${plural(done.length, 'other step')} ran and ${done.length === 1 ? 'is' : 'are'} kept${before}.`);
}

/** All of it is the user's to mend, or something broke. */
export const exitOfFailures = ({ failed }: RunResult): ExitCode =>
  failed.length > 0 && failed.every(({ reason }) => reason === 'refused') ? EXIT.input : EXIT.failed;

async function tailOf(log: string): Promise<string[]> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-TAIL_LINES).filter(Boolean);
}
