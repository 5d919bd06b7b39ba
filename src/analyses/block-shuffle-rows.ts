import type { End, Subject } from './analysis.js';
import type { Shuffled } from './block-shuffle.js';
import type { Resampling } from './bootstrap.js';
import { bootstrap } from './bootstrap.js';
import { chanceOf, describedBootstrap, relativeGap, speedGap, speedOf, speedsOf } from './gaps.js';
import type { OverImages } from './over-images.js';
import { averageOf, boundedOf, differenceOf } from './over-images.js';
import { spearman } from '../tensor/rank-correlation.js';
import type { BlockGapRow, BlockLevelRow, BlockTrendRow } from './rows.js';
import { mean, studentInterval, UNBOUNDED, welchInterval } from './statistics.js';

/** The runs of one size, by role. */
interface OfSize {
  readonly size: string;
  readonly position: number;
  readonly whole: boolean;
  readonly pretrained: readonly Shuffled[];
  readonly random: readonly Shuffled[];
}

function bySize(runs: readonly Shuffled[]): OfSize[] {
  const positions = [...new Set(runs.map(({ position }) => position))].sort((a, b) => a - b);
  return positions.map((position) => {
    const own = runs.filter((each) => each.position === position);
    const ofRole = (role: string) => own.filter(({ run }) => run.role === role);
    return { size: own[0]!.size, position, whole: own[0]!.whole, pretrained: ofRole('P-T'), random: ofRole('RI-T') };
  });
}

const levelOf = (runs: readonly Shuffled[]) => averageOf(runs.map(({ accuracy }) => accuracy));

/** (a − b)/a; undefined in draws where a is 0. */
const relativeOf = (a: OverImages, b: OverImages): OverImages => ({
  n: a.n,
  of(counts) {
    const whole = a.of(counts);
    return whole > 0 ? (whole - b.of(counts)) / whole : NaN;
  },
});

/** How far each role comes at each size: means over its runs. */
export function levelRows(subject: Subject, runs: readonly Shuffled[], at: End, resampling: Resampling): BlockLevelRow[] {
  const chance = runs.length > 0 ? chanceOf(subject) : 0;
  return bySize(runs).flatMap(({ size, position, whole, pretrained, random }) =>
    [pretrained, random]
      .filter((own) => own.length > 0)
      .map((own): BlockLevelRow => {
        const [level] = boundedOf([levelOf(own)], resampling);
        const speeds = speedsOf(own.map(({ run }) => run));
        const spread = studentInterval(speeds);
        return {
          target: subject.target,
          size,
          position,
          whole,
          role: own[0]!.run.role,
          at,
          accuracy: level!.value,
          low: level!.low,
          high: level!.high,
          speed: speeds.length > 0 ? mean(speeds) : null,
          speedLow: spread.low,
          speedHigh: spread.high,
          chance,
          n: own[0]!.accuracy.n,
          runs: own.length,
          interval: `accuracy: ${describedBootstrap(resampling)}; speed: t-interval over runs`,
        };
      }),
  );
}

/** What pre-training adds at each size where both roles were trained; images are drawn jointly for all sizes. */
export function gapRows(subject: Subject, runs: readonly Shuffled[], at: End, resampling: Resampling): BlockGapRow[] {
  const sizes = bySize(runs).filter(({ pretrained, random }) => pretrained.length > 0 && random.length > 0);
  if (sizes.length === 0) return [];
  const chance = chanceOf(subject);
  return sizes.flatMap(({ size, position, whole, pretrained, random }) => {
    const shared = {
      target: subject.target,
      size,
      position,
      whole,
      n: pretrained[0]!.accuracy.n,
      runs: pretrained.length + random.length,
      chance,
    };
    const [p, r] = [levelOf(pretrained), levelOf(random)];
    const [alone, gap, share] = boundedOf([p, differenceOf(p, r), relativeOf(p, r)], resampling);
    const levels = { pretrained: alone!.value, random: r.of(null) };
    const { relative, reason } = relativeGap(levels.pretrained, levels.random, alone!.low, chance);
    const accuracy = { ...levels, gap: gap!.value, low: gap!.low, high: gap!.high, relative, reason };
    const bounds = relative === null ? { relativeLow: null, relativeHigh: null } : { relativeLow: share!.low, relativeHigh: share!.high };
    const speed = speedGap(speedsOf(pretrained.map(({ run }) => run)), speedsOf(random.map(({ run }) => run)), chance);
    return [
      { ...shared, metric: 'accuracy', at, ...accuracy, interval: `paired ${describedBootstrap(resampling)}`, ...bounds },
      ...(speed ? [{ ...shared, metric: 'speed', at: 'all epochs', ...speed, relativeLow: null, relativeHigh: null }] : []),
    ];
  });
}

/**
 * What becomes of the gap and of the speed as blocks grow: Spearman's ρ of the gap with the block's side ('*' left out), and the share of the
 * whole image's speed that is left with the smallest blocks.
 */
export function trendRows(subject: Subject, runs: readonly Shuffled[], at: End, resampling: Resampling): BlockTrendRow[] {
  const sizes = bySize(runs).filter(({ size, pretrained, random }) => size !== '*' && pretrained.length > 0 && random.length > 0);
  const [smallest, largest] = [sizes[0], sizes.at(-1)];
  if (!smallest || !largest || smallest === largest) return [];
  const shared = {
    target: subject.target,
    from: largest.size,
    fromWhole: largest.whole,
    to: smallest.size,
    sizes: sizes.length,
    n: smallest.pretrained[0]!.accuracy.n,
  };
  return [
    ...gapTrends(subject, sizes, resampling).map((row) => ({ ...shared, at, ...row })),
    { ...shared, at: 'all epochs', ...speedTrend(smallest, largest) },
  ];
}

type Trend = Omit<BlockTrendRow, 'target' | 'from' | 'fromWhole' | 'to' | 'sizes' | 'n' | 'at'>;

/** Over two sizes a rank correlation is ±1 whatever the gaps are. */
const fewSizes = (sizes: readonly OfSize[]): string | null =>
  sizes.length < LEAST_SIZES ? `needs ${LEAST_SIZES} sizes of blocks, got ${sizes.length}` : null;
const LEAST_SIZES = 3;

function gapTrends(subject: Subject, sizes: readonly OfSize[], resampling: Resampling): Trend[] {
  const sides = sizes.map(({ size }) => Number(size));
  const levels = sizes.map(({ pretrained, random }) => ({ p: levelOf(pretrained), r: levelOf(random) }));
  const gaps = (counts: Uint32Array | null) => {
    const found = levels.map(({ p, r }) => ({ p: p.of(counts), gap: p.of(counts) - r.of(counts) }));
    return { absolute: found.map(({ gap }) => gap), relative: found.map(({ p, gap }) => gap / p) };
  };
  const chance = chanceOf(subject);
  const bounds = bootstrap(
    levels[0]!.p.n,
    2 + sizes.length,
    (counts, out) => {
      const { absolute, relative } = gaps(counts);
      [out[0], out[1]] = [spearman(sides, absolute), spearman(sides, relative)];
      for (const [i, { p }] of levels.entries()) out[2 + i] = p.of(counts);
    },
    resampling,
  );
  const touching = sizes.filter((_, i) => bounds[2 + i]!.low! <= chance).map(({ size }) => size);
  const { absolute, relative } = gaps(null);
  const why = touching.length > 0 ? `the interval of P-T touches chance at block ${touching.join(', ')}` : null;
  return [
    { measure: 'absolute gap', values: absolute, undefinedBecause: null },
    { measure: 'relative gap', values: relative, undefinedBecause: why },
  ].map(({ measure, values, undefinedBecause }, i) => {
    const rho = spearman(sides, values);
    const reason = fewSizes(sizes) ?? undefinedBecause ?? (Number.isNaN(rho) ? 'the gap is the same at every size' : null);
    return {
      measure,
      pretrained: null,
      random: null,
      ...(reason === null ? { value: rho, ...bounds[i]! } : { value: null, ...UNBOUNDED }),
      reason,
      runs: sizes[0]!.pretrained.length + sizes[0]!.random.length,
      interval: `Spearman's ρ with the block's side; ${describedBootstrap(resampling)}`,
    };
  });
}

function speedTrend(smallest: OfSize, largest: OfSize): Trend {
  // run by run: the same seeds at both sizes
  const kept = (role: 'pretrained' | 'random') =>
    smallest[role].flatMap(({ run }, i) => {
      const [small, whole] = [speedOf(run.epochs), speedOf(largest[role][i]!.run.epochs)];
      return small === null || !whole ? [] : [small / whole];
    });
  const [p, r] = [kept('pretrained'), kept('random')];
  const known = p.length > 0 && r.length > 0;
  const interval = welchInterval(p, r);
  return {
    measure: 'speed kept',
    pretrained: known ? mean(p) : null,
    random: known ? mean(r) : null,
    value: known ? mean(p) - mean(r) : null,
    ...interval,
    reason: !known ? 'there is no speed' : interval.low === null ? 'no interval: it needs two runs of each role' : null,
    runs: p.length + r.length,
    interval: "P-T minus RI-T, Welch's t-interval over runs",
  };
}
