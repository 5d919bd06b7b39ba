import { count } from '../format.js';
import type { Estimate } from '../format.js';
import type { Advice } from '../contract.js';
import type { Network } from './missing.js';

/** What was found on one target, by analysis. */
export interface Evidence {
  readonly target: string;
  /** Rows of an analysis' table as their type in analyses/rows.ts; null when the analysis is not there. */
  rows<T>(analysis: string, table: string): readonly T[] | null;
  /** Whether an analysis is there, and measured something. */
  has(analysis: string): boolean;
  /** Whether the study asks for an analysis whose step is not done: it failed, or has not run yet. */
  unfinished(analysis: string): boolean;
  /** Networks on the target, and those for all targets (P). */
  readonly networks: readonly Network[];
  /** With which an analysis ran; none when it is not there. */
  options(analysis: string): Readonly<Record<string, unknown>>;
  /** What an analysis' own trainings did otherwise than the arms': 'epochs 4 instead of 5'; undefined: nothing. */
  retrained(analysis: string): string | undefined;
}

/** What one question comes to on one target; `analyses`: where its evidence stands. */
export interface Answer extends Omit<Advice, 'question' | 'target' | 'sections'> {
  readonly analyses: readonly string[];
  /** Of what is not measured: the analyses that would have told. */
  readonly needs?: readonly string[];
}

/** A question that a reader came with. One file of `advice/` each. The answer is made from rows only. */
export interface Question {
  /** 'Pre-train, for accuracy?' */
  readonly title: string;
  /** Cannot be told where no network of these roles is above chance. None: the answer looks by itself. */
  readonly roles: readonly string[];
  answer(evidence: Evidence): Answer;
}

type Confidence = Pick<Advice, 'confidence' | 'because'>;

/**
 * How sure an estimate makes a decision at a threshold (ours): high when its interval stays clear of the threshold by at least half of its
 * half-width, moderate when it only leaves it out, none when it holds it, low when there is no interval.
 */
export function confidenceOf({ low, high }: Estimate, threshold: number, name: string): Confidence {
  if (low === null || high === null) return { confidence: 'low', because: 'there is no interval' };
  if (low <= threshold && threshold <= high) return { confidence: 'none', because: `the 95 % interval holds ${name}` };
  const clear = low > threshold ? low - threshold : threshold - high;
  return clear >= (high - low) / 4
    ? { confidence: 'high', because: `the 95 % interval stays well clear of ${name}` }
    : { confidence: 'moderate', because: `the 95 % interval leaves ${name} out, if only just` };
}

const ORDER = ['none', 'low', 'moderate', 'high'] as const;

/** No more than `most`, with the reason why. */
export function atMost(most: Advice['confidence'], { confidence, because }: Confidence, why: string): Confidence {
  return ORDER.indexOf(confidence) > ORDER.indexOf(most)
    ? { confidence: most, because: `${because}, but ${why}` }
    : { confidence, because };
}

/** Adds what an interval does not cover. */
export const but = ({ confidence, because }: Confidence, why: string): Confidence => ({ confidence, because: `${because}; ${why}` });

/** Adds what an interval over images does not cover, and no more than moderate where that is all there is: a single run on a side. */
export const oneRun = (confidence: Confidence, fewest: number, single: string, why: string): Confidence =>
  but(fewest > 1 ? confidence : atMost('moderate', confidence, single), why);

/** What an interval over images is over, and what it leaves out. */
export const overImages = (n: number, leftOut = 'seeds'): string => `it covers ${count(n, 'test image')}, not ${leftOut}`;

/** What may be lost without mattering: 2 points of accuracy. */
export const MARGIN = 0.02;
