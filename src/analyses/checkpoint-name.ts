import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';
import type { At, End, Run } from './analysis.js';

/** One checkpoint of one run. */
export interface Checkpoint {
  readonly run: Run;
  readonly at: At;
}

const FORM = /^([^@]+)(?:@(initial|best|final|\d+))?$/;

/** Whether a text names a checkpoint: 'P-T.1' or 'P-T.1@initial', '@best', '@final', '@12'. */
export const isCheckpointName = (text: unknown): text is string => typeof text === 'string' && FORM.test(text);

/** The run and the checkpoint that a text names; without an @ the one at `fallback`. */
export function parseCheckpointName(text: string, fallback: End): { readonly run: string; readonly at: At } {
  const [, run, at = fallback] = FORM.exec(text)!;
  return { run: run!, at: /^\d+$/.test(at) ? Number(at) : (at as At) };
}

/** The checkpoint that a text names. Throws InputError for an unknown run. */
export function checkpointOf(text: string, runs: readonly Run[], fallback: End): Checkpoint {
  const { run: name, at } = parseCheckpointName(text, fallback);
  const run = runs.find((each) => each.name === name);
  if (!run)
    throw new InputError(
      `checkpoint: ${unknownName(
        'run',
        name,
        runs.map((each) => each.name),
      )}`,
    );
  return { run, at };
}

/** 'P-T.1', 'P-T.1 start' ('… under its last head' where the head's start is not known), 'P-T.1 best', 'P-T.1 epoch 12'. */
export function labelOf({ run, at }: Checkpoint): string {
  if (at === 'final') return run.name;
  if (at === 'initial') return `${run.name} start${run.start === 'body' ? ' under its last head' : ''}`;
  return `${run.name} ${at === 'best' ? at : `epoch ${at}`}`;
}
