import type { Metric } from '../tensor/metric.js';
import type { Tables } from '../analyses/analysis.js';
import type { Estimate } from './format.js';
import type { Level } from './learned.js';
import { capital, count, list, over, points } from './format.js';

/** One analysis' tables on one target. */
export interface Findings {
  readonly target: string;
  /** What `accuracy` in the tables is, accuracy by default: texts are written for accuracy, and say AUC where it is that. */
  readonly metric?: Metric;
  /** With which the analysis ran. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly tables: Tables;
  /** What the analysis' own trainings did otherwise than the arms': 'epochs 4 instead of 5'. Left out: nothing. */
  readonly retrained?: string | undefined;
  /** How good the target's networks are, as far as its learning curves tell. */
  readonly levels?: readonly Level[];
}

/** What the report says about an analysis. One file of `sections/` each; numbers and verdicts come from rows, never from here. */
export interface SectionText {
  /** The analysis' name. */
  readonly analysis: string;
  readonly title: string;
  /** In words that need no paper. */
  readonly question: string;
  /** One sentence with numbers and intervals that a reader may quote. */
  answer(findings: Findings): string;
  /** What to keep in mind, each a sentence. */
  cautions(findings: Findings): string[];
  /** Definition, estimator, interval, sample: enough to compute it again. */
  method(findings: Findings, options: Readonly<Record<string, unknown>>): string;
  /** What stands over all targets together, where there are several and something can be said. */
  readonly across?: Across;
  /** Whose images its rows count, where they do not say. Left out: test. */
  readonly split?: 'train';
  /** Its tables with the split that rows count, where the rows of another analysis tell it. Left out: as they are. */
  counted?(tables: Tables, of: (analysis: string) => Tables): Tables;
  /** Its numbers depend on how many images a target has: where targets differ in that, a caution says so. */
  readonly bySize?: boolean;
  /** Of which the summary says nothing where one of them has no network above chance; the section says why. Left out: none. */
  readonly roles?: readonly string[];
  /** Sentences of the opening summary, each over all targets. null: nothing to say. */
  readonly summary: readonly ((all: readonly Findings[]) => string | null)[];
}

/** A section over all targets, made from every analysis' tables. */
export interface Across {
  /** null: nothing to say. `tablesOf` finds an analysis' tables on a target. */
  tables(targets: readonly string[], tablesOf: (analysis: string, target: string) => Tables | null): Tables | null;
  answer(tables: Tables): string;
  cautions(tables: Tables): string[];
  readonly method: string;
}

/** Rows of one table as their type in analyses/rows.ts; none when the table is missing. */
export const rowsOf = <T>(tables: Tables, name: string): readonly T[] => (tables[name] ?? []) as unknown as readonly T[];

/** What to say of one target: the verdict as a phrase that targets may share, and this target's numbers ('': none). Images and runs are the basis'. */
export interface Verdict {
  readonly phrase: string;
  readonly numbers: string;
}

/** 'Phrase on a (numbers) and b (numbers); other phrase on c (numbers).' Targets of one verdict share its phrase. null when none has one. */
export function byVerdict(all: readonly Findings[], verdictOf: (findings: Findings) => Verdict | null): string | null {
  const groups = new Map<string, string[]>();
  for (const findings of all) {
    const verdict = verdictOf(findings);
    if (verdict)
      groups.set(verdict.phrase, [
        ...(groups.get(verdict.phrase) ?? []),
        verdict.numbers ? `${findings.target} (${verdict.numbers})` : findings.target,
      ]);
  }
  if (groups.size === 0) return null;
  return `${capital([...groups].map(([phrase, targets]) => `${phrase} on ${list(targets)}`).join('; '))}.`;
}

/** Mean and hull of intervals over the pairs of one kind, e.g. 'P-T & P-T'. */
export interface Kind extends Estimate {
  readonly pairs: number;
}
export function kindOf<T extends { readonly pair: string }>(
  rows: readonly T[],
  pair: string,
  [value, low, high]: readonly [(row: T) => number | null, (row: T) => number | null, (row: T) => number | null],
): Kind | null {
  const own = rows.filter((row) => row.pair === pair);
  const found = over(own, value, low, high);
  return found && { ...found, pairs: own.length };
}

/** 'between P-T runs', 'between P-T and RI-T', 'between P-T and P'. */
export function between(pair: string): string {
  const [a, b] = pair.split(' & ');
  return a === b ? `between ${a} runs` : `between ${a} and ${b}`;
}

/** These kinds of pairs, then those of roles of a user's own, in the order of the rows. */
export const kindsOf = (known: readonly string[], rows: readonly { readonly pair: string }[]): string[] => [
  ...new Set([...known, ...rows.map(({ pair }) => pair)]),
];

/** The roles of the paper, then others, in the order of the rows. */
export const rolesIn = (rows: readonly { readonly role: string }[]): string[] => [
  ...new Set(['P-T', 'RI-T', ...rows.map(({ role }) => role)]),
];

/** The sentence that explains what an interval over several pairs is. */
export const HULL = 'Where a sentence speaks of several pairs at once, it gives their mean and, in brackets, the hull of their intervals.';

/** 'percentile bootstrap over images, 1,000 resamples', as far as the options tell. */
export function bootstrapOf({ resamples }: Readonly<Record<string, unknown>>): string {
  return `percentile bootstrap over images${typeof resamples === 'number' ? `, ${resamples.toLocaleString('en-US')} resamples` : ''}`;
}

/** 'cumulative averages (momentum None) over at most 512 training images without augmentation': how BatchNorm statistics are taken anew. */
export function statisticsOf({ batchNormImages }: Readonly<Record<string, unknown>>): string {
  const images = typeof batchNormImages === 'number' ? `at most ${count(batchNormImages, 'training image')}` : 'training images';
  return `cumulative averages (momentum None) over ${images} without augmentation`;
}

/** A drop of accuracy is no barrier when its upper bound is under this, and one when its lower bound is over it: an option, 2 points. */
export const oneBasinOf = ({ oneBasin }: Readonly<Record<string, unknown>> = {}): number =>
  typeof oneBasin === 'number' ? oneBasin : 0.02;

/** '2 points': that bound in words. */
export const basinWords = (options?: Readonly<Record<string, unknown>>): string =>
  points({ value: oneBasinOf(options), low: null, high: null }).replace('.0 ', ' ');

const WHEN: Readonly<Record<string, string>> = { best: 'best epoch', final: 'last epoch', initial: 'start' };
/** 'best epoch', 'epoch 12'. */
export const whenOf = (at: string): string => WHEN[at] ?? `epoch ${at}`;
