import { random } from '../tensor/random.js';
import { bootstrap, weightedMean } from './bootstrap.js';
import type { Interval } from './statistics.js';
import { UNBOUNDED } from './statistics.js';

/** A straight line in a space of n dimensions, w(t) = A + t(B − A), and a loss on and around it. */
export interface Line {
  readonly dimensions: number;
  /** ‖B − A‖₂ > 0. */
  readonly length: number;
  /** ℓ(w(t) + deviation · z), z ~ N(0, I) the same for the same draw. */
  loss(t: number, noise?: { readonly deviation: number; readonly draw: number }): Promise<number>;
}

/** S = { w(t): from ≤ t ≤ to }. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  /** The loss that S stays under; null when S was not extrapolated. */
  readonly level: number | null;
  /** The boundary lies farther out than was looked. */
  readonly edge: boolean;
}

/** First step outwards and precision of the boundary, in lengths of the line. */
const FIRST_STEP = 1 / 8;
const PRECISION = 1 / 64;

/**
 * The segment from A to B, extrapolated on each side to the boundary: the place where the loss first leaves max(ℓ(A), ℓ(B)) + rise (ours),
 * bracketed by steps that double, then halved down to 1/64 of the line's length; not looked for beyond `reach` lengths. rise null: S = [A, B].
 */
export async function segmentOf(line: Line, { rise, reach }: { readonly rise: number | null; readonly reach: number }): Promise<Segment> {
  if (rise === null) return { from: 0, to: 1, level: null, edge: false };
  const level = Math.max(await line.loss(0), await line.loss(1)) + rise;
  const outwards = async (end: number, direction: number) => {
    const isIn = async (away: number) => (await line.loss(end + direction * away)) <= level;
    let [inside, step] = [0, FIRST_STEP];
    while (inside + step <= reach && (await isIn(inside + step))) {
      inside += step;
      step *= 2;
    }
    if (inside + step > reach) return { away: inside, edge: true };
    for (let outside = inside + step; outside - inside > PRECISION;) {
      const middle = (inside + outside) / 2;
      if (await isIn(middle)) inside = middle;
      else outside = middle;
    }
    return { away: inside, edge: false };
  };
  const [before, after] = [await outwards(0, -1), await outwards(1, 1)];
  return { from: 0 - before.away, to: 1 + after.away, level, edge: before.edge || after.edge };
}

/** What a condition asks of δ: 2: noise all around the ends of S; 3: straight on, beyond the ends. */
export type Condition = 2 | 3;

/** E[ℓ] at distance δ from the ends, less μ + 2ε: the condition holds where it is not negative. */
export interface Margin extends Interval {
  readonly condition: Condition;
  readonly delta: number;
  readonly margin: number;
}

export interface Estimate extends Interval {
  readonly value: number | null;
}

export interface Basin {
  readonly mu: Estimate;
  readonly epsilon: Estimate;
  /** Smallest δ for which each condition holds; null: none up to the largest that was tried. 0: it holds on the boundary itself. */
  readonly deltas: Readonly<Record<Condition, Estimate>>;
  /** The larger of the two. */
  readonly delta: Estimate;
  /** Losses on S, ascending in t. */
  readonly inside: readonly { readonly t: number; readonly loss: number }[];
  readonly margins: readonly Margin[];
}

export interface BasinOptions {
  /** Points on S, and of noise at each δ: the same at every δ. */
  readonly draws: number;
  readonly resamples: number;
  readonly key: readonly (string | number)[];
}

/** δ is sought from S's length / 64 up to 16 lengths by doubling, then halved this often on a log scale: to 9 %. */
const [SMALLEST, LARGEST, HALVINGS] = [1 / 64, 16, 3];

/**
 * (ε, δ)-basin (Neyshabur et al. 2020, definition 3.1) of a segment S. With w ~ U(S): μ = E ℓ(w), ε = E|ℓ(w) − μ|, and the smallest δ with
 *   2. E ℓ(f + ν) − μ ≥ 2ε, ν ~ N(0, (δ²/n)·I), f the end of S that is ahead on the way from w₁ to w₂;
 *   3. E ℓ(f + |ν|·(f − w₁)/‖f − w₁‖) − μ ≥ 2ε, ν ~ N(0, δ²).
 * On a segment f is either end, each with probability ½, whatever w₁ and w₂, and f − w₁ points outwards: both expectations are exact over
 * w₁ and w₂, drawn over ν. Same draws at every δ. Intervals: percentile bootstrap over the draws (the loss is that on its own images).
 */
export async function estimateBasin(line: Line, segment: Segment, { draws, resamples, key }: BasinOptions): Promise<Basin> {
  const { from, to } = segment;
  const uniform = random(...key, 'points').uniform;
  const inside: { t: number; loss: number }[] = [];
  for (let i = 0; i < draws; i++) {
    const t = from + (to - from) * uniform();
    inside.push({ t, loss: await line.loss(t) });
  }
  const searches: { readonly condition: Condition; readonly tried: readonly Tried[] }[] = [];
  const { mu, epsilon } = spreadOf(inside, () => 1);
  for (const condition of [2, 3] as const) {
    searches.push({ condition, tried: await search(line, segment, { condition, draws, key, needed: mu + 2 * epsilon }) });
  }

  const tried = searches.flatMap(({ condition, tried }) => tried.map((each) => ({ condition, ...each })));
  const statistics = (weight: (i: number) => number): number[] => {
    const { mu, epsilon } = spreadOf(inside, weight);
    const margins = tried.map(({ losses }) => weightedBy(losses, weight) - mu - 2 * epsilon);
    const crossings = searches.map(({ condition }) =>
      crossingOf(tried.flatMap((each, k) => (each.condition === condition ? [{ delta: each.delta, margin: margins[k]! }] : []))),
    );
    return [mu, epsilon, ...crossings, Math.max(...crossings), ...margins];
  };
  const values = statistics(() => 1);
  const bounds = bootstrap(draws, values.length, (counts, out) => out.set(statistics((i) => counts[i]!)), { resamples, key });
  const estimate = (k: number): Estimate =>
    Number.isFinite(values[k]) ? { value: values[k]!, ...finite(bounds[k]!) } : { value: null, ...UNBOUNDED };
  return {
    mu: estimate(0),
    epsilon: estimate(1),
    deltas: { 2: estimate(2), 3: estimate(3) },
    delta: estimate(4),
    inside: inside.toSorted((x, y) => x.t - y.t),
    margins: tried.map(({ condition, delta }, k) => ({ condition, delta, margin: values[5 + k]!, ...finite(bounds[5 + k]!) })),
  };
}

/** A bound that no δ reached is none. */
const finite = ({ low, high }: Interval): Interval => ({
  low: low !== null && Number.isFinite(low) ? low : null,
  high: high !== null && Number.isFinite(high) ? high : null,
});

function weightedBy(values: readonly number[], weight: (i: number) => number): number {
  return weightedMean(
    Uint32Array.from(values, (_, i) => weight(i)),
    values,
  );
}

function spreadOf(points: readonly { readonly loss: number }[], weight: (i: number) => number) {
  const losses = points.map(({ loss }) => loss);
  const mu = weightedBy(losses, weight);
  return { mu, epsilon: weightedBy(losses.map((loss) => Math.abs(loss - mu)), weight) }; // prettier-ignore
}

interface Tried {
  readonly delta: number;
  /** Draw by draw, the mean over both ends. */
  readonly losses: readonly number[];
}

/** Losses at δ = 0, at doubling δ until the condition holds, and at bisections between the last two; ascending. */
async function search(
  line: Line,
  { from, to }: Segment,
  { condition, draws, key, needed }: { condition: Condition; draws: number; key: BasinOptions['key']; needed: number },
): Promise<Tried[]> {
  const size = (to - from) * line.length;
  const lengths = Array.from({ length: draws }, (_, draw) => Math.abs(random(...key, 'beyond', draw).normal()));
  const at = async (delta: number): Promise<Tried> => {
    const losses: number[] = [];
    for (let draw = 0; draw < draws; draw++) {
      const away = (delta * lengths[draw]!) / line.length;
      const noise = { deviation: delta / Math.sqrt(line.dimensions), draw };
      const ends = condition === 2 ? [line.loss(from, noise), line.loss(to, noise)] : [line.loss(from - away), line.loss(to + away)];
      losses.push(((await ends[0]!) + (await ends[1]!)) / 2);
    }
    return { delta, losses };
  };
  const holds = ({ losses }: Tried) => weightedBy(losses, () => 1) >= needed;

  const [low, high] = [await line.loss(from), await line.loss(to)];
  const tried: Tried[] = [{ delta: 0, losses: Array.from({ length: draws }, () => (low + high) / 2) }];
  if (holds(tried[0]!)) return tried;
  for (let delta = SMALLEST * size; delta <= LARGEST * size * (1 + 1e-9); delta *= 2) {
    tried.push(await at(delta));
    if (holds(tried.at(-1)!)) break;
  }
  if (!holds(tried.at(-1)!)) return tried;
  let [below, above] = [tried.at(-2)!.delta, tried.at(-1)!.delta];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = await at(below === 0 ? above / 2 : Math.sqrt(below * above));
    tried.push(middle);
    if (holds(middle)) above = middle.delta;
    else below = middle.delta;
  }
  return tried.toSorted((x, y) => x.delta - y.delta);
}

/** Where margins, ascending in δ, first reach zero: between two δ by a straight line. Infinity: nowhere. */
function crossingOf(margins: readonly { readonly delta: number; readonly margin: number }[]): number {
  const after = margins.findIndex(({ margin }) => margin >= 0);
  if (after < 0) return Infinity;
  if (after === 0) return margins[0]!.delta;
  const [x, y] = [margins[after - 1]!, margins[after]!];
  return x.delta + ((y.delta - x.delta) * -x.margin) / (y.margin - x.margin);
}
