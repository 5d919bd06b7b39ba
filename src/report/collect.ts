import type { AbsentRow } from '../analyses/absent.js';
import type { Row, Tables } from '../analyses/analysis.js';
import type { MistakeImageRow } from '../analyses/rows.js';
import type { RecipeChange } from '../study/recipe-changes.js';
import type { Metric } from '../tensor/metric.js';
import { innerTables, metricOf, saidOf, storedTables } from '../tensor/metric.js';
import type { Asked } from './advise.js';
import { advise } from './advise.js';
import { basisOf } from './basis.js';
import type { Missing, ReportData, Section } from './contract.js';
import { chanceCaution, levelsOf, recordedLevels } from './learned.js';
import { retrainedWords } from './retrained.js';
import { compareWithPaper } from './paper/compare.js';
import type { SectionText } from './section-text.js';
import { rowsOf } from './section-text.js';
import { SECTIONS } from './sections/registry.js';
import type { Sizes } from './sizes.js';
import { sizesCaution } from './sizes.js';
import { summarize } from './summary.js';

/** What one analysis found on one target. */
export interface Result {
  readonly analysis: string;
  readonly target: string;
  readonly tables: Tables;
  readonly options: Readonly<Record<string, unknown>>;
  /** What its own trainings did otherwise than the arms'. Left out: nothing. */
  readonly changes?: readonly RecipeChange[];
}

/** Everything a report is made from, read from the store by `cli`. */
export interface ReportInput extends Pick<ReportData, 'title' | 'runs' | 'provenance'> {
  /** Left out: none. */
  readonly loaded?: ReportData['loaded'];
  /** Targets are shown in the order of their first result. */
  readonly results: readonly Result[];
  /** By target: what naming the largest class would score on its test images. Needed of targets without learning curves. Left out: unknown. */
  readonly chances?: Readonly<Record<string, number>>;
  /** By target. Left out: unknown. */
  readonly sizes?: Readonly<Record<string, Sizes>>;
  /** Analyses whose steps failed or have not run. Left out: none. */
  readonly unfinished?: readonly Asked[];
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
export function collect({
  title,
  results: stored,
  unfinished = [],
  comparePaper = false,
  runs,
  loaded = [],
  chances = {},
  sizes = {},
  pictures,
  provenance,
}: ReportInput): ReportData {
  const recorded = recordedLevels(runs, chances);
  const targets = [...new Set(stored.map((result) => result.target))];
  const metrics = new Map(targets.map((target) => [target, metricOfTarget(stored, target)]));
  const all = stored.map((result) => ({ ...result, tables: innerTables(result.tables) }));
  const results = all.filter(({ tables }) => !rowsOf<AbsentRow>(tables, ABSENT).some(({ what }) => what === ''));
  const known = SECTIONS.map(({ analysis }) => analysis);
  const stranger = all.find(({ analysis }) => !known.includes(analysis));
  if (stranger) throw new Error(`internal: report: no section for analysis ${stranger.analysis}, there are ${known.join(', ')}`);
  const sized = ({ analysis, bySize }: SectionText) => {
    const here = (target: string) => results.some((each) => each.analysis === analysis && each.target === target);
    return bySize ? sizesCaution(Object.fromEntries(Object.entries(sizes).filter(([target]) => here(target)))) : [];
  };
  const namesOn = (target: string) => runs.filter((run) => ['', target].includes(run.target)).map(({ name }) => name);
  const counted = (text: SectionText, tables: Tables, target: string) =>
    text.counted?.(tables, (name) => tablesOf(results, name, target) ?? {}) ?? tables;
  const taken = new Set<string>();
  const sections = SECTIONS.flatMap((text) => [
    ...targets.flatMap((target) =>
      results
        .filter((result) => result.analysis === text.analysis && result.target === target)
        .map(({ tables, options, changes }): Section => {
          const retrained = retrainedWords(changes);
          const metric = metrics.get(target)!;
          const findings = { target, metric, options, tables, retrained, levels: levelsOf(results, target, recorded) };
          const said = (sentence: string) => saidOf(sentence, metric);
          return {
            id: unlike(taken, slug(`${text.analysis} ${target}`)),
            analysis: text.analysis,
            target,
            title: said(text.title),
            question: said(text.question),
            answer: said(text.answer(findings)),
            basis: basisOf(counted(text, tables, target), namesOn(target), text.split, options['seeds']),
            cautions: [...chanceCaution(findings, text.roles), ...text.cautions(findings), ...sized(text)].map(said),
            tables: withoutAbsent(tables),
            metric,
            method: isEmpty(tables) ? '' : said(text.method(findings, options)),
            options,
            ...(retrained === undefined ? {} : { retrained }),
            pictures: chosen(pictures[target] ?? {}, picturesOf(tables)),
          };
        }),
    ),
    ...overAll(text, targets, metrics, results, taken).map((section) => ({ ...section, cautions: [...section.cautions, ...sized(text)] })),
  ]);
  const absent = known.flatMap((analysis) =>
    all
      .filter((result) => result.analysis === analysis)
      .flatMap(({ tables }) => rowsOf<AbsentRow>(tables, ABSENT).map((row) => ({ analysis, ...row }))),
  );
  return {
    title,
    advice: advise(sections, absent, networksOf(runs, loaded), unfinished, recorded).map((each) => {
      const said = (sentence: string) => saidOf(sentence, metrics.get(each.target)!);
      return { ...each, question: said(each.question), text: said(each.text), because: said(each.because) };
    }),
    summary: summarize(sections, recorded),
    runs,
    sections: sections.map((section) => ({ ...section, tables: storedTables(section.tables, section.metric) })),
    absent: absent.map(({ analysis, ...row }): Missing => {
      const { title } = SECTIONS.find((each) => each.analysis === analysis)!;
      return { title: saidOf(title, metrics.get(row.target)!), ...row };
    }),
    loaded,
    paper: comparePaper
      ? compareWithPaper(sections, recorded).map((each) => {
          const metric = metrics.get(each.target) ?? 'accuracy';
          return { ...each, claim: saidOf(each.claim, metric), measured: saidOf(each.measured, metric) };
        })
      : [],
    provenance,
  };
}

/** Of P and the like the target is ''. */
const networksOf = (runs: ReportData['runs'], loaded: ReportData['loaded']) =>
  runs.map(({ name, role, target }) => ({ role, target, elsewhere: loaded.some((each) => each.name === name && each.target === target) }));

const tablesOf = (results: readonly Result[], analysis: string, target: string): Tables | null =>
  results.find((each) => each.analysis === analysis && each.target === target)?.tables ?? null;

/** AUC when any of its tables tells an AUC. */
const metricOfTarget = (stored: readonly Result[], target: string): Metric =>
  stored.some((result) => result.target === target && metricOf(result.tables) === 'AUC') ? 'AUC' : 'accuracy';

/** Nothing was measured, so that there is no method to tell. */
const isEmpty = (tables: Tables): boolean => Object.values(withoutAbsent(tables)).every((rows) => rows.length === 0);

/** Rows of what is absent are told in words. */
const withoutAbsent = (tables: Tables): Readonly<Record<string, readonly Row[]>> =>
  Object.fromEntries(Object.entries(tables).filter(([name]) => name !== ABSENT));

/** The section of an analysis over all targets, where it has one. */
function overAll(
  { across, analysis, title, question }: SectionText,
  targets: readonly string[],
  metrics: ReadonlyMap<string, Metric>,
  results: readonly Result[],
  taken: Set<string>,
): Section[] {
  // what is told of several targets is told in one metric, that of the first
  const metric = metrics.get(targets[0]!)!;
  const alike = targets.filter((target) => metrics.get(target) === metric);
  const said = (sentence: string) => saidOf(sentence, metric);
  const tables = across?.tables(alike, (name, target) => tablesOf(results, name, target)) ?? null;
  if (!across || !tables) return [];
  return [
    {
      id: unlike(taken, slug(`${analysis} all targets`)),
      analysis,
      target: '',
      title: said(title),
      question: said(question),
      answer: said(across.answer(tables)),
      basis: '',
      cautions: across.cautions(tables).map(said),
      tables,
      metric,
      method: said(across.method),
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
