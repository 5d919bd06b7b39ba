import type { RunResult } from '../executors/events.js';
import { runPlan } from '../executors/schedule.js';
import { shareOut } from '../executors/share-out.js';
import { openStore } from '../store/store.js';
import { adviceLines } from '../report/advise.js';
import { atChance } from '../report/at-chance.js';
import type { ReportData, Section } from '../report/contract.js';
import { createEta } from './eta.js';
import type { ExitCode } from './exit.js';
import { EXIT } from './exit.js';
import { exitOfFailures, tellFailures } from './failures.js';
import { follow } from './follow.js';
import { duration, plural } from './format.js';
import { interruptible } from './interrupt.js';
import type { Output } from './output.js';
import { measured } from './measure.js';
import { mostWork } from './most-work.js';
import { dataSetsOf } from './report-provenance.js';
import type { ProviderWord } from '../runtime/provider.js';
import { checkCounts } from '../study/check-counts.js';
import { checkResults } from '../study/check-results.js';
import { sameNetworks } from '../study/run-names.js';
import { doneSteps } from '../study/status.js';
import { isAnalysis } from '../study/step.js';
import { innerTables, saidOf } from '../tensor/metric.js';
import { computeOn } from './verb.js';
import type { OpenedStudy } from './study-file.js';
import { openStudy } from './study-file.js';
import { reportPath, writeReport } from './write-report.js';

export interface RunStudyOptions {
  /** The study file, already read; left out: it is read. Called once it is known that steps can run here. */
  readonly open?: () => Promise<OpenedStudy>;
  readonly store: string;
  readonly out?: string | undefined;
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
  readonly provider: ProviderWord;
  readonly report?: boolean;
  /** An analysis: what its sections say is printed, and in JSON its rows, in the place of the advice. */
  readonly findings?: string;
  /** How to ask for some analyses only, in a word. */
  readonly without?: (others: readonly string[]) => string;
  /** The command that goes on after an interruption. */
  readonly resume: string;
}

/** Runs a study to its report. The last line of stdout is the report's path. */
export async function runStudy(
  file: string,
  {
    open = () => openStudy(file),
    store: directory,
    out,
    workers,
    threads,
    provider: asked,
    report = true,
    findings,
    without,
    resume,
  }: RunStudyOptions,
  output: Output,
): Promise<ExitCode> {
  const provider = await computeOn(asked, output);
  const { study, plan } = await open();
  for (const remark of sameNetworks(plan)) output.note(remark);
  const store = await openStore(directory);
  const shares = shareOut({ workers, threads });
  output.detail(
    `${plural(shares.workers, 'worker')} with ${plural(shares.threads, 'thread')}${shares.workers === 1 ? '' : ' each'}, on ${provider}, store ${store.directory}`,
  );

  const result = await interruptible(
    async (signal): Promise<RunResult | null> => {
      await checkResults(plan, store);
      const before = await doneSteps(plan, store);
      const seconds = await measured(file, { ...shares, store: store.directory, provider, signal }, output);
      if (signal.aborted) return null;
      await checkCounts(plan, store);
      const most = mostWork(plan, seconds, without);
      if (most !== null) output.note(most);
      const follower = follow(output, createEta(plan, seconds, shares.workers));
      try {
        return await runPlan({ plan, store, ...shares, provider, before, seconds, signal, onEvent: follower.event });
      } finally {
        follower.end();
      }
    },
    () => output.note('Stopping; finished work is kept. Ctrl-C again ends at once.'),
  );
  if (!result || result.cancelled) {
    output.error(`Stopped. Go on with: ${resume}`);
    return EXIT.interrupted;
  }
  if (!result.ok) await tellFailures(result, output);
  else output.note(result.done.length === 0 ? 'Nothing to do: everything was there.' : `Done in ${duration(result.seconds)}.`);

  for (const { name, leftOut } of await dataSetsOf([...result.done, ...result.reused], store))
    if (leftOut !== '') output.note(`${name}: ${leftOut}`);

  // without an analysis there is nothing to report, and what failed has been said
  const written =
    report && [...result.done, ...result.reused].some(isAnalysis)
      ? await writeReport({ study, plan, store, to: out ?? reportPath(store, study) }, output)
      : null;
  const advice = written && findings === undefined ? adviceLines(written.data.advice) : [];
  for (const line of written ? [...loadedLines(written.data), ...chanceLines(written.data), ...advice] : []) output.note(line);
  for (const line of written ? absentLines(written.data) : []) output.note(line);
  const sections = (written?.data.sections ?? []).filter(({ analysis }) => analysis === findings).map(foundOf);
  for (const { answer, basis, cautions } of sections) for (const line of [answer, basis, ...cautions].filter(Boolean)) output.line(line);
  output.data({ ...summary(result, written), ...(findings === undefined ? {} : { sections }) });
  if (written) output.line(written.path);
  return result.ok ? EXIT.ok : exitOfFailures(result);
}

/** What became of the names in files of networks that were trained elsewhere, where that is not plain. */
const loadedLines = ({ loaded }: ReportData): string[] =>
  loaded.filter(({ notes }) => notes.length > 0).map(({ name, notes }) => `${name}: ${notes.join(' ')}`);

/** Networks that were most likely read or fed wrongly. */
const chanceLines = ({ sections }: ReportData): string[] =>
  sections
    .filter(({ analysis }) => analysis === 'learning-curves')
    .flatMap(({ target, metric, tables }) => {
      const said = atChance({ target, metric, tables: innerTables(tables) });
      return said === null ? [] : [saidOf(said, metric)];
    });

const foundOf = ({ analysis, target, answer, basis, cautions, options, tables }: Section) => ({
  analysis,
  target,
  answer,
  basis,
  cautions,
  options,
  tables,
});

/** Analyses that are not in the report, those of one reason together. */
function absentLines({ absent }: ReportData): string[] {
  const whole = absent.filter(({ what }) => what === '');
  const reasons = [...new Set(whole.map(({ reason }) => reason))];
  const titles = (reason: string) => [...new Set(whole.filter((each) => each.reason === reason).map(({ title }) => title))].join(', ');
  return reasons.map((reason) => `Not in the report: ${titles(reason)}: ${reason}.`);
}

const summary = ({ ok, reused, done, failed, skipped, seconds }: RunResult, written: { path: string; data: ReportData } | null) => ({
  ok,
  report: written?.path ?? null,
  advice: written?.data.advice ?? null,
  absent: written?.data.absent ?? null,
  loaded: written?.data.loaded ?? null,
  seconds,
  reused: reused.map(({ id }) => id),
  done: done.map(({ id }) => id),
  failed: failed.map(({ step, reason, message, log }) => ({ id: step.id, title: step.title, reason, message, log })),
  skipped: skipped.map(({ step, because }) => ({ id: step.id, title: step.title, because })),
});
