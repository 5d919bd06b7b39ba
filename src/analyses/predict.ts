import type { SplitName } from '../data/dataset.js';
import type { At, Predictions, Run, Subject } from './analysis.js';
import { openEvaluator } from './evaluator.js';
import { isTrained } from './pairs.js';
import type { Evaluator } from './evaluator.js';

export interface Wanted {
  readonly run: Run;
  readonly at: At;
}

/** What this process has already computed. */
const known = new WeakMap<Subject, Map<string, Predictions>>();

/**
 * Logits of checkpoints on a split, in the order asked for. Nothing is computed twice for one subject, however many analyses ask.
 * `done` is told after each.
 */
export async function predict(
  subject: Subject,
  wanted: readonly Wanted[],
  split: SplitName,
  done: (share: number) => void = () => {},
): Promise<readonly Predictions[]> {
  const memo = known.get(subject) ?? new Map<string, Predictions>();
  known.set(subject, memo);
  const evaluators = new Map<string, Evaluator>();
  const images = subject.data.splits[split];
  try {
    const results: Predictions[] = [];
    for (const { run, at } of wanted) {
      const key = JSON.stringify([run.name, epochOf(run, at), split]);
      let found = memo.get(key);
      if (!found) {
        const network = JSON.stringify([run.network, isTrained(run) ? '' : run.role]);
        const evaluator = evaluators.get(network) ?? (await openEvaluator(subject, run, images));
        evaluators.set(network, evaluator);
        const logits = await evaluator.logits(await run.checkpoint(at));
        const { ids, labels, marks } = images;
        found = { split, ids, labels, ...(marks ? { marks } : {}), classes: evaluator.classes, logits };
        memo.set(key, found);
      }
      results.push(found);
      done(results.length / wanted.length);
    }
    return results;
  } finally {
    for (const evaluator of evaluators.values()) await evaluator.release();
  }
}

/** 'best' and 'final' are epochs too; the same epoch is the same checkpoint. null: the end of a run that was trained elsewhere. */
export function epochOf(run: Run, at: At): number | null {
  if (at === 'initial') return 0;
  if (at !== 'best' && at !== 'final') return at;
  const last = run.epochs.at(-1)?.epoch ?? null;
  return at === 'best' && last !== null ? run.bestEpoch : last;
}
