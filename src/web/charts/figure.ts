import type { Tables } from '../../analyses/analysis.js';
import type { Metric } from '../said.js';

/** Where a chart is drawn. The document comes from outside, so that charts draw on the server and in the browser alike. */
export interface ChartOptions {
  readonly document: Document;
  /** Pixels. */
  readonly width: number;
  /** What the rows' accuracy is; accuracy by default. */
  readonly metric?: Metric;
  /** With which the analysis ran. */
  readonly given?: Readonly<Record<string, unknown>>;
}

/** One figure of a section: a pure function of the section's rows. */
export interface Figure {
  /** Unique within the section; names the download. */
  readonly name: string;
  readonly title: string;
  /** Drawn of the section over all targets, and only there. */
  readonly across?: boolean;
  /** How to read it. */
  readonly caption: string;
  /** What a reader who cannot see it should know; made from rows. */
  alt(tables: Tables): string;
  /** null when the rows hold nothing to draw. */
  draw(tables: Tables, options: ChartOptions): Element | null;
}

/** The figures that a section of an analysis shows. */
export const figuresOf = (all: readonly Figure[], { target }: { readonly target: string }): readonly Figure[] =>
  all.filter(({ across = false }) => across === (target === ''));

/** What a section is about, in words. */
export const placeOf = ({ target }: { readonly target: string }): string => target || 'all targets';

/** Of one analysis on several targets; two where they are judged by different metrics. */
export const titleOf = (sections: readonly { readonly title: string }[]): string =>
  [...new Set(sections.map(({ title }) => title))].join(' / ');

/** Rows of one table as their type in analyses/rows.ts; none when the table is missing. */
export const rowsOf = <T>(tables: Tables, name: string): readonly T[] => (tables[name] ?? []) as unknown as readonly T[];

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** 'final' when there are such rows, else what there is: charts show one checkpoint a run. */
export function atOneTime<T extends { readonly at: string }>(rows: readonly T[]): readonly T[] {
  const at = rows.some((row) => row.at === 'final') ? 'final' : rows[0]?.at;
  return rows.filter((row) => row.at === at);
}
