// What is told of steps that failed, and the exit code.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitOfFailures, tellFailures } from '../../src/cli/failures.js';
import type { Output } from '../../src/cli/output.js';
import { createOutput } from '../../src/cli/output.js';
import type { FailedStep, RunResult } from '../../src/executors/events.js';
import { temporaryFolder, tinyPlan } from '../support/tiny-study.js';

test('one cause is told once; a stack belongs to --verbose; the log of a process that died is shown', async (t) => {
  const log = join(await temporaryFolder(t), 'step.log');
  await writeFile(log, 'Error: internal: broken\n    at someFunction\n');
  const { steps } = await tinyPlan();
  const failure = (i: number, reason: FailedStep['reason'], message: string): FailedStep => ({ step: steps[i]!, reason, message, log });
  const resultOf = (failed: FailedStep[]): RunResult => ({
    ok: false,
    cancelled: false,
    reused: [],
    done: [],
    failed,
    skipped: [],
    seconds: 1,
  });
  const told = async (failed: FailedStep[], verbose = false, result = resultOf(failed)) => {
    const lines: string[] = [];
    const output: Output = { ...createOutput({ verbose }), error: (text) => void lines.push(text), paint: (_, text) => text };
    await tellFailures(result, output);
    return lines.join('\n');
  };
  const wrong = 'a.pth: the head (fc) must have the 18 classes of emoji, got 8';
  const twice = [failure(2, 'refused', wrong), failure(3, 'refused', wrong)];
  const text = await told(twice);
  assert.equal(text.split(wrong).length, 2);
  for (const { title, id } of steps.slice(2, 4)) assert.ok(text.includes(`${title} (${id})`), title);
  assert.doesNotMatch(text, /someFunction/);

  const counts = { ...resultOf(twice), done: steps.slice(0, 1), reused: steps.slice(4, 6) };
  assert.match(await told(twice, false, counts), /\n1 other step ran and is kept; 2 steps were there before\.$/);
  assert.match(text, /\n0 other steps ran and are kept\.$/);

  const broken = [failure(0, 'threw', 'internal: broken')];
  assert.doesNotMatch(await told(broken), /someFunction/);
  assert.match(await told(broken, true), /someFunction/);
  assert.match(
    await told([failure(0, 'crashed', 'its process ended by SIGKILL')]),
    /: crashed: its process ended by SIGKILL\n[^]*someFunction/,
  );

  assert.deepEqual([twice, broken, [...twice, ...broken]].map((failed) => exitOfFailures(resultOf(failed))), [2, 1, 1]); // prettier-ignore
});
