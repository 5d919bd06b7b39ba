/** How long a chain of additions may be before it is cut, and what the parts may be then. */
export interface Chain {
  readonly tolerated: number;
  readonly longest: number;
}

/**
 * Into how many equal parts to cut a sum of `count` numbers. onnxruntime adds them one after another in float32: the rounding of a long chain is that of
 * the whole statistic, and each later layer amplifies it. The fewest parts that are short enough; 1 where the sum is short, or no cut is even.
 */
export function partsOfSum(count: number, { tolerated, longest }: Chain): number {
  if (count <= tolerated) return 1;
  for (let parts = Math.ceil(count / longest); parts * parts <= count; parts++) if (count % parts === 0) return parts;
  return 1;
}
