import type { End, Run } from './analysis.js';
import type { Outcomes } from './outcomes.js';
import { countOf } from './outcomes.js';
import { epochOf } from './predict.js';

/** Two first choices closer than this may change places when float32 sums are taken in another order. */
const TIE = 1e-4;

/** The test accuracy of a trained network is on record, and must come out again, ties aside: `found` are its outcomes on all test images. */
export function mustReproduce(analysis: string, run: Run, at: End, found: Pick<Outcomes, 'right' | 'logitMargin'>): void {
  const recorded = run.epochs.find(({ epoch }) => epoch === epochOf(run, at))?.testAccuracy;
  if (recorded === undefined || recorded === null) return;
  const n = found.right.length;
  const ties = found.logitMargin.filter((margin) => margin < TIE).length;
  const [stored, computed] = [recorded * n, countOf(found.right)];
  if (Math.abs(stored - computed) <= ties + 1e-6 * n) return;
  throw new Error(
    `internal: ${analysis}: ${run.name} at ${at} must have the recorded test accuracy ${recorded} (${stored} of ${n}), got ${computed} of ${n}`,
  );
}
