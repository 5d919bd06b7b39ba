import type { BlockGapRow, BlockTrendRow } from '../analyses/rows.js';
import { spearmanP } from '../tensor/rank-correlation.js';
import type { Estimate, Sign } from './format.js';
import { count, estimate, plainInBrackets, pValue, sign } from './format.js';
import type { Findings } from './section-text.js';
import { rowsOf } from './section-text.js';

/** How the gap goes with the side of shuffled blocks. */
export interface GapTrend {
  readonly measure: string;
  /** Spearman's ρ with its interval over images. */
  readonly rho: Estimate;
  /** Two-sided permutation p of ρ over the sizes; NaN where it is undefined. */
  readonly p: number;
  readonly sizes: number;
  /** What the interval says, where p < 0.05; else undecided. */
  readonly says: Sign;
}

/** The trends that block-shuffle has of the gap, by the names of its rows. */
export type GapMeasure = 'relative gap' | 'absolute gap';

/** Of 4 sizes even the best order has p = 2/24, of 5 it is 2/120. */
export const LEAST_SIZES = 5;

/**
 * The rank correlation's interval is over images, with the sizes as they are: of few sizes any order is sure in that sense, and says nothing.
 * So the permutation test over the sizes has to agree. null: the rows have no such trend.
 */
export function gapTrendOf({ target, tables }: Findings, measure: GapMeasure): GapTrend | null {
  const row = rowsOf<BlockTrendRow>(tables, 'trends').find((each) => each.measure === measure);
  if (!row || row.value === null) return null;
  const gaps = accuracyGaps(tables).filter(({ size }) => size !== '*');
  const values = gaps.map(({ gap, pretrained }) => (measure === 'relative gap' ? gap / pretrained : gap));
  const sides = gaps.map(({ size }) => Number(size));
  const rho = estimate(row.value, row.low, row.high);
  const p = spearmanP(sides, values, [target, measure]);
  const said = sign(rho);
  return { measure, rho, p, sizes: gaps.length, says: said === 'unknown' || p < 0.05 ? said : 'undecided' };
}

/** Gaps in accuracy, by size. */
export const accuracyGaps = (tables: Findings['tables']): readonly BlockGapRow[] =>
  rowsOf<BlockGapRow>(tables, 'gaps').filter((row) => row.metric === 'accuracy' && typeof row.size === 'string');

/** '0.83, 0.31 to 1.00, p = 0.058 over 6 sizes': within brackets. */
export const trendNumbers = ({ rho, p, sizes }: GapTrend): string =>
  `${plainInBrackets(rho)}${Number.isNaN(p) ? '' : `, ${pValue(p)}`} over ${count(sizes, 'size')}`;
