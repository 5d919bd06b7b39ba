import type { Interval } from './statistics.js';
import { mcnemarExact, UNBOUNDED } from './statistics.js';
import type { BootstrapOptions } from './bootstrap.js';
import { bootstrap, hasWidth, SHARE, withUnseen } from './bootstrap.js';
import type { Outcomes } from './outcomes.js';
import type { OverImages } from './over-images.js';

/** How two networks fare on the same images. */
export interface Contingency {
  readonly bothRight: number;
  readonly bothWrong: number;
  readonly onlyAWrong: number;
  readonly onlyBWrong: number;
}

export type Says = Pick<Outcomes, 'predicted' | 'right'>;

/** Bits of a cell: 1 A right, 2 B right, 4 same prediction. */
function cells(a: Says, b: Says): Uint8Array {
  if (a.right.length !== b.right.length) throw new Error(`internal: agreement: ${a.right.length} and ${b.right.length} images`);
  return a.right.map((right, i) => right | (b.right[i]! << 1) | (a.predicted[i] === b.predicted[i] ? 4 : 0));
}

/** Counts a cell; `counts` weighs each image by how often it was drawn. */
function tally(cell: Uint8Array, counts?: Uint32Array): Float64Array {
  const sums = new Float64Array(8);
  for (let i = 0; i < cell.length; i++) sums[cell[i]!]! += counts ? counts[i]! : 1;
  return sums;
}

function contingencyOf(sums: Float64Array): Contingency {
  return {
    bothRight: sums[3]! + sums[7]!,
    bothWrong: sums[0]! + sums[4]!,
    onlyAWrong: sums[2]! + sums[6]!,
    onlyBWrong: sums[1]! + sums[5]!,
  };
}

export const contingency = (a: Says, b: Says): Contingency => contingencyOf(tally(cells(a, b)));

/**
 * Error consistency (Geirhos, Meding, Wichmann, 2006.16736): Cohen's κ of the error indicators, how far two networks err on the same
 * images beyond what their accuracies make likely. κ = (o − e)/(1 − e), o = share where both are right or both wrong,
 * e = p_A p_B + (1−p_A)(1−p_B). NaN when e = 1: both always right, or both always wrong.
 */
export function errorConsistency({ bothRight, bothWrong, onlyAWrong, onlyBWrong }: Contingency): number {
  const n = bothRight + bothWrong + onlyAWrong + onlyBWrong;
  const [a, b] = [(bothRight + onlyBWrong) / n, (bothRight + onlyAWrong) / n];
  const expected = a * b + (1 - a) * (1 - b);
  return expected >= 1 ? NaN : ((bothRight + bothWrong) / n - expected) / (1 - expected);
}

/** κ of any draw of the images. */
export function kappaOver(a: Says, b: Says): OverImages {
  const cell = cells(a, b);
  return { n: cell.length, of: (counts) => errorConsistency(contingencyOf(tally(cell, counts ?? undefined))) };
}

export interface Agreement extends Contingency {
  readonly n: number;
  /** NaN where undefined. */
  readonly kappa: number;
  /** Without bounds where every resample gives the same κ: errors always coincide, or one network is always right or always wrong. */
  readonly kappaInterval: Interval;
  readonly mcnemarP: number;
  /** Share of images with the same predicted label. */
  readonly agreement: number;
  readonly agreementInterval: Interval;
  /** The same among the images both get wrong; NaN when there are none. */
  readonly sharedMistakeAgreement: number;
  readonly sharedInterval: Interval;
}

export function agreement(a: Says, b: Says, options: BootstrapOptions): Agreement {
  const cell = cells(a, b);
  const [n, sums] = [cell.length, tally(cell)];
  const table = contingencyOf(sums);
  const same = (of: Float64Array) => (of[4]! + of[5]! + of[6]! + of[7]!) / n;
  const shared = (of: Float64Array) => of[4]! / (of[0]! + of[4]!);
  const [kappaInterval, agreementInterval, sharedInterval] = bootstrap(
    n,
    3,
    (counts, out) => {
      const drawn = tally(cell, counts);
      out[0] = errorConsistency(contingencyOf(drawn));
      out[1] = same(drawn);
      out[2] = shared(drawn);
    },
    options,
  );
  return {
    n,
    ...table,
    kappa: errorConsistency(table),
    kappaInterval: hasWidth(kappaInterval!) ? kappaInterval! : UNBOUNDED,
    mcnemarP: mcnemarExact(table.onlyAWrong, table.onlyBWrong),
    agreement: same(sums),
    agreementInterval: withUnseen(agreementInterval!, n, SHARE),
    sharedMistakeAgreement: shared(sums),
    sharedInterval: withUnseen(sharedInterval!, table.bothWrong, SHARE),
  };
}
