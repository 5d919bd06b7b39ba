import type { End, Run } from './analysis.js';
import type { Judged } from './outcomes.js';
import { epochOf } from './predict.js';

/** Two logits closer than this may change places when float32 sums are taken in another order. */
const TIE = 1e-4;

/** The test accuracy of a trained network is on record, and must come out again, ties aside: `found` is what it comes to on all test images. */
export function mustReproduce(analysis: string, run: Run, at: End, { accuracy, slack }: Pick<Judged, 'accuracy' | 'slack'>): void {
  const recorded = run.epochs.find(({ epoch }) => epoch === epochOf(run, at))?.testAccuracy;
  if (recorded === undefined || recorded === null) return;
  const computed = accuracy.of(null);
  if (Math.abs(recorded - computed) <= slack(TIE) + 1e-6) return;
  throw new Error(
    `internal: ${analysis}: ${run.name} at ${at} must have the recorded test accuracy (or AUC) ${recorded}, got ${computed} on ${accuracy.n} images`,
  );
}
