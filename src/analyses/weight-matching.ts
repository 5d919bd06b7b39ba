import type { Member, PermutationGroup } from '../onnx/permutations/permutation-groups.js';
import { permuteUnits } from '../onnx/permutations/permutation-groups.js';
import type { Params } from '../tensor/params.js';
import { random } from '../tensor/random.js';
import { assign } from './assignment.js';
import type { RowProducts } from './row-products.js';
import { openRowProducts } from './row-products.js';
import { unitProducts } from './unit-products.js';

export interface Matching {
  /** `b` with its units in the order in which they match `a`'s. */
  readonly params: Params;
  /** Of each group: unit i is what was unit order[i] of `b`. */
  readonly orders: ReadonlyMap<PermutationGroup, Int32Array>;
}

/** Sweeps end when none improves; a bound, because a tie of rounding errors must not go on for ever. */
const SWEEPS = 100;

export interface MatchingOptions {
  readonly threads?: number;
  /** Told the share done in [0, 1] after every group; how many sweeps there will be is not known: each takes half of what is left. */
  progress?(share: number): void;
}

/**
 * Weight matching (Ainsworth, Hayase, Srinivasa, "Git re-basin", 2209.04836, algorithm 1): the permutations π of b's units that make
 * Σ ⟨a, π(b)⟩ large, and so ‖a − π(b)‖ small, by coordinate descent: group by group a linear assignment, the other groups held. A local
 * optimum; the better of two starts is taken: as b is (so that the result is never farther than b), and groups matched once from the input
 * on, each by weights whose other sides are matched already (which finds a permuted copy). Groups are swept in an order drawn from `key`.
 * What `a` lacks (statistics of BatchNorm) goes along without being matched.
 */
export async function matchWeights(
  a: Params,
  b: Params,
  groups: readonly PermutationGroup[],
  key: readonly (string | number)[],
  { threads = 1, progress }: MatchingOptions = {},
): Promise<Matching> {
  const engine = openRowProducts({ threads });
  const shuffled = (sweep: number) => Array.from(random(...key, 'sweep', sweep).permutation(groups.length), (k) => groups[k]!);
  const asItIs = { params: b, orders: new Map(groups.map((group) => [group, Int32Array.from({ length: group.size }, (_, i) => i)])) };
  const ends: Matching[] = [];
  let seen = 0;
  const tell = () => progress?.((ends.length + 1 - 2 ** (-++seen / groups.length)) / 2);
  try {
    for (const start of [() => asItIs, () => forwards(engine, a, asItIs, groups, tell)]) {
      seen = 0;
      ends.push(await descend(engine, a, await start(), shuffled, tell));
    }
  } finally {
    await engine.release();
  }
  return ends.toSorted((x, y) => likeness(a, y.params) - likeness(a, x.params))[0]!;
}

function reordered({ params, orders }: Matching, group: PermutationGroup, order: Int32Array): Matching {
  const before = orders.get(group)!;
  return {
    params: permuteUnits(params, group, order),
    orders: new Map(orders).set(
      group,
      order.map((i) => before[i]!),
    ),
  };
}

/** One pass from the input on. */
async function forwards(
  engine: RowProducts,
  a: Params,
  start: Matching,
  groups: readonly PermutationGroup[],
  tell: () => void,
): Promise<Matching> {
  const open = new Set(groups);
  let current = start;
  for (const group of groups) {
    open.delete(group);
    const others = new Set([...open].flatMap(parametersOf));
    const settled = group.members.filter(({ parameter }) => !others.has(parameter));
    const order = await bestOrder(engine, a, current.params, group, settled.length > 0 ? settled : group.members);
    current = reordered(current, group, order);
    tell();
  }
  return current;
}

/** Sweeps until nothing improves. A group whose neighbours stay as they were when it was matched would be matched the same: it is passed over. */
async function descend(
  engine: RowProducts,
  a: Params,
  start: Matching,
  orderOf: (sweep: number) => readonly PermutationGroup[],
  tell: () => void,
): Promise<Matching> {
  let current = start;
  const all = [...start.orders.keys()];
  const unsettled = new Set(all);
  for (let sweep = 0; sweep < SWEEPS && unsettled.size > 0; sweep++) {
    for (const group of orderOf(sweep)) {
      if (!unsettled.delete(group)) continue;
      const order = await bestOrder(engine, a, current.params, group, group.members);
      tell();
      if (order.every((from, i) => from === i)) continue;
      const next = reordered(current, group, order);
      // a group that stands on two axes of one weight is not linear in its order: then the assignment may not help
      const names = parametersOf(group).filter((name) => a.has(name));
      const [was, is] = [likeness(a, current.params, names), likeness(a, next.params, names)];
      if (is <= was + 1e-9 * Math.abs(was)) continue;
      current = next;
      for (const each of all) if (each === group ? isOnTwoAxes(group) : areTied(each, group)) unsettled.add(each);
    }
  }
  return current;
}

const parametersOf = ({ members }: PermutationGroup): string[] => members.map(({ parameter }) => parameter);
const isOnTwoAxes = (group: PermutationGroup): boolean => new Set(parametersOf(group)).size < group.members.length;
const areTied = (a: PermutationGroup, b: PermutationGroup): boolean => parametersOf(a).some((name) => parametersOf(b).includes(name));

/** The order of b's units with the largest Σᵢ ⟨a's unit i, b's unit order[i]⟩ over these members. */
async function bestOrder(
  engine: RowProducts,
  a: Params,
  b: Params,
  group: PermutationGroup,
  members: readonly Member[],
): Promise<Int32Array> {
  const gains = await unitProducts(a, b, group, members, engine);
  return assign(gains, group.size);
}

/** Σ ⟨a, b⟩ over some parameters, or all. */
function likeness(a: Params, b: Params, names: Iterable<string> = a.keys()): number {
  let sum = 0;
  for (const name of names) {
    const [x, y] = [a.get(name)!.data, b.get(name)!.data];
    for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  }
  return sum;
}
