import type { Estimate } from '../format.js';
import { sign } from '../format.js';
import type { Findings } from '../section-text.js';

export type Verdict = 'reproduced' | 'not reproduced' | 'undecided';

/** What a study's rows say of a claim: the numbers, and what their intervals decide. */
export interface Judgement {
  readonly verdict: Verdict;
  /** With numbers and intervals, as a clause. */
  readonly measured: string;
}

/** A finding of the paper that rows of one analysis can speak to. */
export interface Claim {
  readonly analysis: string;
  /** Undecided where one of these roles has no network above chance, or with `any` none of them has. None: the claim looks by itself. */
  readonly roles: readonly string[];
  readonly any?: true;
  readonly claim: string;
  /** The paper's numbers. */
  readonly paper: string;
  /** null where the rows do not hold what it takes. */
  judge(findings: Findings): Judgement | null;
}

/** The claim that an estimate is above zero, by its interval. */
export function aboveZero(of: Estimate): Verdict {
  const said = sign(of);
  return said === 'above' ? 'reproduced' : said === 'below' ? 'not reproduced' : 'undecided';
}

/** Reproduced where every part is, not where one is contradicted. */
export function together(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('not reproduced')) return 'not reproduced';
  return verdicts.every((verdict) => verdict === 'reproduced') ? 'reproduced' : 'undecided';
}
