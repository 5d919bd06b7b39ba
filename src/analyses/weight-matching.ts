import type { Member, PermutationGroup } from '../onnx/permutations/permutation-groups.js';
import { permuteUnits } from '../onnx/permutations/permutation-groups.js';
import { assign } from '../tensor/assignment.js';
import type { Params } from '../tensor/params.js';
import { random } from '../tensor/random.js';

export interface Matching {
  /** `b` with its units in the order in which they match `a`'s. */
  readonly params: Params;
  /** Of each group: unit i is what was unit order[i] of `b`. */
  readonly orders: ReadonlyMap<PermutationGroup, Int32Array>;
}

/** Sweeps end when none improves; a bound, because a tie of rounding errors must not go on for ever. */
const SWEEPS = 100;

/**
 * Weight matching (Ainsworth, Hayase, Srinivasa, "Git re-basin", 2209.04836, algorithm 1): the permutations π of b's units that make
 * Σ ⟨a, π(b)⟩ large, and so ‖a − π(b)‖ small, by coordinate descent: group by group a linear assignment, the other groups held. A local
 * optimum; the better of two starts is taken: as b is (so that the result is never farther than b), and groups matched once from the input
 * on, each by weights whose other sides are matched already (which finds a permuted copy). Groups are swept in an order drawn from `key`.
 * What `a` lacks (statistics of BatchNorm) goes along without being matched.
 */
export function matchWeights(a: Params, b: Params, groups: readonly PermutationGroup[], key: readonly (string | number)[]): Matching {
  const shuffled = (sweep: number) => Array.from(random(...key, 'sweep', sweep).permutation(groups.length), (k) => groups[k]!);
  const asItIs = { params: b, orders: new Map(groups.map((group) => [group, Int32Array.from({ length: group.size }, (_, i) => i)])) };
  const ends = [asItIs, forwards(a, asItIs, groups)].map((start) => descend(a, start, shuffled));
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
function forwards(a: Params, start: Matching, groups: readonly PermutationGroup[]): Matching {
  const open = new Set(groups);
  let current = start;
  for (const group of groups) {
    open.delete(group);
    const others = new Set([...open].flatMap(({ members }) => members.map(({ parameter }) => parameter)));
    const settled = group.members.filter(({ parameter }) => !others.has(parameter));
    const order = bestOrder(a, current.params, group, settled.length > 0 ? settled : group.members);
    current = reordered(current, group, order);
  }
  return current;
}

function descend(a: Params, start: Matching, orderOf: (sweep: number) => readonly PermutationGroup[]): Matching {
  let current = start;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let improved = false;
    for (const group of orderOf(sweep)) {
      const next = reordered(current, group, bestOrder(a, current.params, group, group.members));
      // a group that stands on two axes of one weight is not linear in its order: then the assignment may not help
      const names = group.members.map(({ parameter }) => parameter).filter((name) => a.has(name));
      const [was, is] = [likeness(a, current.params, names), likeness(a, next.params, names)];
      if (is <= was + 1e-9 * Math.abs(was)) continue;
      current = next;
      improved = true;
    }
    if (!improved) break;
  }
  return current;
}

/** The order of b's units with the largest Σᵢ ⟨a's unit i, b's unit order[i]⟩ over these members. */
function bestOrder(a: Params, b: Params, { size }: PermutationGroup, members: readonly Member[]): Int32Array {
  const cost = new Float64Array(size * size);
  for (const member of members) {
    if (!a.has(member.parameter)) continue;
    const [x, y] = [unitsOf(a, member, size), unitsOf(b, member, size)];
    const width = member.outer * member.inner;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let product = 0;
        for (let k = 0; k < width; k++) product += x[i * width + k]! * y[j * width + k]!;
        cost[i * size + j]! -= product;
      }
    }
  }
  return assign(cost, size).columns;
}

/** A parameter as one row a unit, [size, outer · inner]. */
function unitsOf(params: Params, { parameter, outer, inner }: Member, size: number): Float32Array {
  const { data } = params.get(parameter)!;
  if (outer === 1) return data;
  const rows = new Float32Array(data.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < size; i++) {
      const from = (o * size + i) * inner;
      rows.set(data.subarray(from, from + inner), (i * outer + o) * inner);
    }
  }
  return rows;
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
