import type { EpochMetricRow, GapRow, LabelGapRow, RunRow } from '../../analyses/rows.js';
import { atChance } from '../at-chance.js';
import type { Sign } from '../format.js';
import { count, decimal, estimate, flipped, list, percent, points, pointsInBrackets, share, sign } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { byVerdict, rowsOf, whenOf } from '../section-text.js';

const COMPARED = ['P-T', 'RI-T'];

/** The row at the last epoch where there is one (the other analyses look at that by default), else the first. */
const gapOf = ({ tables }: Findings, metric: string): GapRow | undefined => {
  const rows = rowsOf<GapRow>(tables, 'gaps').filter((row) => row.metric === metric);
  return rows.find((row) => row.at === 'final') ?? rows[0];
};
const atTheEnd = <T extends { readonly at: string }>(rows: readonly T[]): readonly T[] => {
  const final = rows.filter((row) => row.at === 'final');
  return final.length > 0 ? final : rows;
};
const gain = (row: GapRow) => estimate(row.gap, row.low, row.high);

function effect(row: GapRow, what: string): string {
  const levels = `from ${share(row.random)} to ${share(row.pretrained)}`;
  switch (sign(gain(row))) {
    case 'above':
      return `pre-training raised ${what} by ${points(gain(row))}, ${levels}`;
    case 'below':
      return `pre-training lowered ${what} by ${points(flipped(gain(row)))}, ${levels}`;
    case 'undecided':
      return `no difference shows in ${what}: ${share(row.pretrained)} with pre-training and ${share(row.random)} without, and the difference of ${points(gain(row))} is undecided`;
    case 'unknown':
      return `${what} was ${share(row.pretrained)} with pre-training and ${share(row.random)} without, a difference of ${points(gain(row))} that has no interval`;
  }
}

/** The labels for which pre-training's gain is decided, by each one's own interval; null without independent labels. */
function byLabel({ tables }: Findings): string | null {
  const rows = atTheEnd(rowsOf<LabelGapRow>(tables, 'labelGaps')).filter((row) => row.low !== null);
  if (rows.length === 0) return null;
  const of = (wanted: Sign) => rows.filter((row) => sign(estimate(row.gap!, row.low, row.high)) === wanted).map((row) => row.label);
  const [gains, losses] = [of('above'), of('below')];
  const said = (labels: readonly string[]) => (labels.length === 0 ? 'none' : `${labels.length} (${list(labels)})`);
  return `label by label it gains in ${said(gains)} of ${rows.length} and loses in ${said(losses)}, each by its own interval, of which about ${decimal(0.05 * rows.length, 2)} would be decided by chance alone`;
}

const PHRASES: Readonly<Record<Sign, string>> = {
  above: 'pre-training raised test accuracy',
  below: 'pre-training lowered test accuracy',
  undecided: 'whether pre-training changed test accuracy is undecided',
  unknown: 'test accuracy was compared, without an interval,',
};

function headline(findings: Findings) {
  const row = gapOf(findings, 'accuracy');
  if (!row) return null;
  const said = sign(gain(row));
  const by = pointsInBrackets(said === 'below' ? flipped(gain(row)) : gain(row));
  return { phrase: PHRASES[said], numbers: by };
}

const level = (row: RunRow) => `${row.run} ${percent(estimate(row.accuracy, row.low, row.high))}`;

function alone({ target, tables }: Findings): string {
  const runs = rowsOf<RunRow>(tables, 'runs');
  const at = runs.some((row) => row.at === 'final') ? 'final' : runs[0]?.at;
  const shown = runs.filter((row) => row.at === at);
  if (shown.length === 0) return `No run on ${target} was measured.`;
  const reached = shown.map(level);
  const roles = [...new Set(shown.map((row) => row.role))];
  if (roles.length > 1) return `On ${target}, test accuracy is ${list(reached)}.`;
  return `On ${target} only ${list(roles)} was trained, so there is nothing to compare it with; its test accuracy: ${list(reached)}.`;
}

export const learningCurves: SectionText = {
  analysis: 'learning-curves',
  title: 'Accuracy and speed',
  question: 'Does a network that starts from pre-training end up better on the target, and does it learn faster?',
  answer(findings) {
    const [accuracy, speed] = [gapOf(findings, 'accuracy'), gapOf(findings, 'speed')];
    if (!accuracy) return alone(findings);
    const parts = [effect(accuracy, 'test accuracy')];
    const labels = byLabel(findings);
    if (labels) parts.push(labels);
    if (speed) parts.push(effect(speed, 'the speed of learning (mean training accuracy over all epochs)'));
    const others = rowsOf<RunRow>(findings.tables, 'runs').filter((row) => row.at === accuracy.at && !COMPARED.includes(row.role));
    if (others.length > 0) parts.push(`other networks reach ${list(others.map(level))}`);
    return `On ${findings.target}, ${parts.join('; ')}.`;
  },
  cautions(findings) {
    const { tables } = findings;
    const [accuracy, runs] = [gapOf(findings, 'accuracy'), rowsOf<RunRow>(tables, 'runs')];
    const chance = atChance(findings);
    const cautions: string[] = chance === null ? [] : [chance];
    const roles = [...new Set(runs.map((row) => row.role))];
    const fewest = Math.min(...roles.map((role) => new Set(runs.filter((row) => row.role === role).map((row) => row.run)).size));
    if (fewest === 1) cautions.push('There is one run a role: how much another seed would change the result is not known.');
    else if (fewest < 5)
      cautions.push(`There are only ${fewest} runs a role: how much seeds differ is known poorly, and the interval of the speed shows it.`);
    if (accuracy) {
      if (accuracy.relative === null) cautions.push(`There is ${accuracy.reason ?? 'no relative gap'}.`);
      if (accuracy.random <= accuracy.chance) {
        cautions.push(`Without pre-training the accuracy of ${share(accuracy.random)} is not above chance (${share(accuracy.chance)}).`);
      }
      cautions.push('The interval of the accuracy gap covers the choice of test images, not that of seeds.');
    }
    cautions.push('P-T and RI-T may have different learning rates, each the one that suits it: one shared rate can fake a gap.');
    return cautions;
  },
  method({ tables, metric }) {
    const [gaps, runs] = [rowsOf<GapRow>(tables, 'gaps'), rowsOf<RunRow>(tables, 'runs')];
    const epochs = Math.max(0, ...rowsOf<EpochMetricRow>(tables, 'epochs').map((row) => row.epoch));
    const text = [
      `Accuracy is measured on ${count(runs[0]?.n ?? 0, 'test image')}, for the ${list([...new Set(runs.map((row) => whenOf(row.at)))])}; the best epoch is chosen on validation images, never on test.`,
      `Speed is the mean of the training accuracy over ${epochs > 0 ? `epochs 1 to ${epochs}` : 'all epochs'}.`,
      'The gap is the mean over P-T runs minus the mean over RI-T runs; the relative gap divides it by the accuracy of P-T.',
      ...runs.map((row) => `Interval of an accuracy: ${row.interval}.`),
      ...gaps.map((row) => `Interval of the gap in ${row.metric}: ${row.interval}.`),
    ];
    if (gaps[0])
      text.push(
        metric === 'AUC'
          ? 'AUC is the area under the ROC curve of each label (Mann & Whitney, ties half), averaged over labels; its chance is 50 %.'
          : `Chance is what always naming the largest class would score, ${share(gaps[0].chance)}.`,
      );
    return [...new Set(text)].join(' ');
  },
  bySize: true,
  summary: [(all) => byVerdict(all, headline)],
};
