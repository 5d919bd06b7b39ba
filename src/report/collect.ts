import type { AbsentRow } from '../analyses/absent.js';
import type { Row, Tables } from '../analyses/analysis.js';
import type { MistakeImageRow } from '../analyses/rows.js';
import { advise } from './advise.js';
import type { Missing, ReportData, Section } from './contract.js';
import { compareWithPaper } from './paper/compare.js';
import type { SectionText } from './section-text.js';
import { rowsOf } from './section-text.js';
import { SECTIONS } from './sections/registry.js';
import { summarize } from './summary.js';

/** What one analysis found on one target. */
export interface Result {
  readonly analysis: string;
  readonly target: string;
  readonly tables: Tables;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Everything a report is made from, read from the store by `cli`. */
export interface ReportInput extends Pick<ReportData, 'title' | 'runs' | 'provenance'> {
  /** Left out: none. */
  readonly loaded?: ReportData['loaded'];
  /** Targets are shown in the order of their first result. */
  readonly results: readonly Result[];
  /** Put the paper's findings beside the study's. */
  readonly comparePaper?: boolean;
  /** Data URIs by target and image id; at least those of `picturesOf`. */
  readonly pictures: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The table that analyses/absent.ts fills. */
const ABSENT = 'absent';

/** Groups of images that the report shows, and how many of each. */
export const GALLERIES = ['only P-T wrong', 'only RI-T wrong', 'all wrong'] as const;
export const GALLERY_SIZE = 12;

/** Ids of the images that the report shows of one analysis' tables: the clearest of each group. */
export function picturesOf(tables: Tables): string[] {
  const images = rowsOf<MistakeImageRow>(tables, 'images').filter(
    (row) => (GALLERIES as readonly string[]).includes(row.group) && row.rank <= GALLERY_SIZE,
  );
  return [...new Set(images.map((row) => row.image))];
}

/** Rows, sentences and provenance as the page wants them. Sections follow the registry, then the targets. */
export function collect({ title, results: all, comparePaper = false, runs, loaded = [], pictures, provenance }: ReportInput): ReportData {
  const targets = [...new Set(all.map((result) => result.target))];
  const results = all.filter(({ tables }) => !rowsOf<AbsentRow>(tables, ABSENT).some(({ what }) => what === ''));
  const known = SECTIONS.map(({ analysis }) => analysis);
  const stranger = all.find(({ analysis }) => !known.includes(analysis));
  if (stranger) throw new Error(`internal: report: no section for analysis ${stranger.analysis}, there are ${known.join(', ')}`);
  const taken = new Set<string>();
  const sections = SECTIONS.flatMap((text) => [
    ...targets.flatMap((target) =>
      results
        .filter((result) => result.analysis === text.analysis && result.target === target)
        .map(({ tables, options }): Section => {
          const findings = { target, tables };
          return {
            id: unlike(taken, slug(`${text.analysis} ${target}`)),
            analysis: text.analysis,
            target,
            title: text.title,
            question: text.question,
            answer: text.answer(findings),
            cautions: text.cautions(findings),
            tables: withoutAbsent(tables),
            method: text.method(findings, options),
            options,
            pictures: chosen(pictures[target] ?? {}, picturesOf(tables)),
          };
        }),
    ),
    ...overAll(text, targets, results, taken),
  ]);
  return {
    title,
    advice: advise(sections),
    summary: summarize(sections),
    runs,
    sections,
    absent: SECTIONS.flatMap(({ analysis, title }) =>
      all
        .filter((result) => result.analysis === analysis)
        .flatMap(({ tables }) => rowsOf<AbsentRow>(tables, ABSENT).map((row): Missing => ({ title, ...row }))),
    ),
    loaded,
    paper: comparePaper ? compareWithPaper(sections) : [],
    provenance,
  };
}

/** Rows of what is absent are told in words. */
const withoutAbsent = (tables: Tables): Readonly<Record<string, readonly Row[]>> =>
  Object.fromEntries(Object.entries(tables).filter(([name]) => name !== ABSENT));

/** The section of an analysis over all targets, where it has one. */
function overAll(
  { across, analysis, title, question }: SectionText,
  targets: readonly string[],
  results: readonly Result[],
  taken: Set<string>,
): Section[] {
  const tables =
    across?.tables(targets, (name, target) => results.find((each) => each.analysis === name && each.target === target)?.tables ?? null) ??
    null;
  if (!across || !tables) return [];
  return [
    {
      id: unlike(taken, slug(`${analysis} all targets`)),
      analysis,
      target: '',
      title,
      question,
      answer: across.answer(tables),
      cautions: across.cautions(tables),
      tables,
      method: across.method,
      options: {},
      pictures: {},
    },
  ];
}

const chosen = (all: Readonly<Record<string, string>>, ids: readonly string[]): Record<string, string> =>
  Object.fromEntries(ids.flatMap((id) => (all[id] === undefined ? [] : [[id, all[id]]])));

/** `id`, or with a number when it is taken: the targets 'a.b' and 'a_b' make the same anchor. */
function unlike(taken: Set<string>, id: string): string {
  let [free, n] = [id, 1];
  while (taken.has(free)) free = `${id}-${++n}`;
  taken.add(free);
  return free;
}

/** 'Mistakes on Open Moji' → 'mistakes-on-open-moji': an anchor and a file name. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
