import assert from 'node:assert/strict';

export interface Tolerance {
  /** Allowed |actual − expected| as a share of |expected|. */
  readonly relative?: number;
  /** Allowed |actual − expected| on top of that. */
  readonly absolute?: number;
}

/**
 * Numbers or arrays of numbers that agree: |actual − expected| ≤ absolute + relative·|expected| everywhere.
 * Fails with the index that exceeds its allowance most.
 */
export function assertClose(
  actual: number | ArrayLike<number>,
  expected: number | ArrayLike<number>,
  { relative = 0, absolute = 0 }: Tolerance,
  what = 'value',
): void {
  const [a, e] = [actual, expected].map((x) => (typeof x === 'number' ? [x] : x)) as [ArrayLike<number>, ArrayLike<number>];
  assert.equal(a.length, e.length, `${what}: length`);
  let [worst, excess] = [-1, 0];
  for (let i = 0; i < e.length; i++) {
    const over = Math.abs(a[i]! - e[i]!) - absolute - relative * Math.abs(e[i]!);
    // two equal infinities differ by NaN; a NaN on one side only must fail
    if (Object.is(a[i], e[i]) || over <= 0) continue;
    if (worst < 0 || over > excess || Number.isNaN(over)) [worst, excess] = [i, Number.isNaN(over) ? Infinity : over];
  }
  if (worst < 0) return;
  const bound = absolute + relative * Math.abs(e[worst]!);
  assert.fail(`${what}[${worst}]: expected ${e[worst]!} within ${bound}, got ${a[worst]!} (off by ${Math.abs(a[worst]! - e[worst]!)})`);
}
