import type { VerdictOptions } from './barrier.js';
import { barrierOf, DEFINITIONS } from './barrier.js';
import type { Resampling } from './bootstrap.js';
import { bootstrap, DIFFERENCE, withUnseen } from './bootstrap.js';
import type { Judged } from './outcomes.js';
import { meanOver } from './over-images.js';
import type { BarrierRow, PathRow } from './rows.js';

type Unnamed<T> = Omit<T, 'target' | 'a' | 'b' | 'pair' | 'at' | 'batchNorm'>;

/** Rows of one path with everything resampled jointly; one basin: the upper bound of the accuracy barrier is under `oneBasin`. */
export function pathRows(
  lambdas: readonly number[],
  path: readonly Pick<Judged, 'loss' | 'accuracy'>[],
  split: string,
  { oneBasin, ...options }: Resampling & VerdictOptions,
): { paths: Unnamed<PathRow>[]; barriers: Unnamed<BarrierRow>[] } {
  const [steps, n] = [lambdas.length, path[0]!.loss.length];
  const metrics = [
    { metric: 'loss', values: path.map(({ loss }) => meanOver(loss)), cost: (x: number) => x },
    { metric: 'accuracy', values: path.map(({ accuracy }) => accuracy), cost: (x: number) => 1 - x },
  ];
  const wanted = metrics.flatMap((each, m) => DEFINITIONS.map((definition) => ({ ...each, m, definition })));
  const costs = new Float64Array(steps);
  const barrierAt = (means: Float64Array, m: number, { cost, definition }: (typeof wanted)[number]) => {
    for (let k = 0; k < steps; k++) costs[k] = cost(means[m * steps + k]!);
    return barrierOf(lambdas, costs, definition);
  };
  const drawn = bootstrap(
    n,
    2 * steps + wanted.length,
    (counts, out) => {
      for (const [m, { values }] of metrics.entries()) for (let k = 0; k < steps; k++) out[m * steps + k] = values[k]!.of(counts);
      for (const [k, each] of wanted.entries()) out[2 * steps + k] = barrierAt(out, each.m, each).barrier;
    },
    options,
  );
  const intervals = drawn.map((interval, k) => {
    const barrier = wanted[k - 2 * steps];
    const { range } = (barrier ?? metrics[Math.floor(k / steps)]!).values[0]!;
    return withUnseen(interval, n, barrier?.definition === 'mean' ? range && DIFFERENCE : range);
  });
  const means = Float64Array.from(metrics.flatMap(({ values }) => values.map((each) => each.of(null))));
  return {
    paths: lambdas.map((lambda, k) => ({
      lambda,
      split,
      loss: means[k]!,
      lossLow: intervals[k]!.low!,
      lossHigh: intervals[k]!.high!,
      accuracy: means[steps + k]!,
      accuracyLow: intervals[steps + k]!.low!,
      accuracyHigh: intervals[steps + k]!.high!,
      n,
    })),
    barriers: wanted.map((each, k) => {
      const { low, high } = intervals[2 * steps + k]!;
      const verdict = each.metric === 'accuracy' && each.definition === 'line' && split === 'test';
      return {
        split,
        metric: each.metric,
        definition: each.definition,
        ...barrierAt(means, each.m, each),
        low: low!,
        high: high!,
        n,
        oneBasin: verdict ? high! < oneBasin : null,
      };
    }),
  };
}
