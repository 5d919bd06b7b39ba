import type { Member, PermutationGroup } from '../onnx/permutations/permutation-groups.js';
import type { Params } from '../tensor/params.js';
import type { RowProducts } from './row-products.js';

/** Columns multiplied at once in float32; sums over such parts are in float64. */
const PART = 1024;

/**
 * Σ ⟨a's unit i, b's unit j⟩ [size, size], row-major, over the members of a group: the product of two matrices with a unit a row and all
 * weights that the members hold of it in the columns. Members that `a` lacks do not count.
 */
export async function unitProducts(
  a: Params,
  b: Params,
  { size }: PermutationGroup,
  members: readonly Member[],
  { multiply }: RowProducts,
): Promise<Float64Array> {
  const known = members.filter(({ parameter }) => a.has(parameter));
  const total = known.reduce((sum, member) => sum + member.outer * member.inner, 0);
  const sums = new Float64Array(size * size);
  const width = Math.min(PART, total);
  const [x, y] = [new Float32Array(size * width), new Float32Array(size * width)];
  let filled = 0;
  const flush = async () => {
    // what is left of the part before counts as zero
    if (filled < width) for (const part of [x, y]) for (let i = 0; i < size; i++) part.fill(0, i * width + filled, (i + 1) * width);
    const products = await multiply(x, y, width);
    for (let at = 0; at < sums.length; at++) sums[at]! += products[at]!;
    filled = 0;
  };
  for (const { parameter, outer, inner } of known) {
    const [from, to] = [a.get(parameter)!.data, b.get(parameter)!.data];
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < inner;) {
        const run = Math.min(inner - k, width - filled);
        for (let i = 0; i < size; i++) {
          const [source, place] = [(o * size + i) * inner + k, i * width + filled];
          for (let at = 0; at < run; at++) {
            x[place + at] = from[source + at]!;
            y[place + at] = to[source + at]!;
          }
        }
        k += run;
        filled += run;
        if (filled === width) await flush();
      }
    }
  }
  if (filled > 0) await flush();
  return sums;
}

/** Floating-point operations to compare the units of every group once: 2·size² for each weight that a unit has. */
export const comparisonFlops = (groups: readonly PermutationGroup[]): number =>
  groups.reduce((sum, { size, members }) => sum + members.reduce((own, { outer, inner }) => own + 2 * size * size * outer * inner, 0), 0);
