import type { AverageRow } from '../../analyses/rows.js';
import { count, estimate, flipped, list, over, percent, points, pointsInBrackets, sign } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { bootstrapOf, byVerdict, rolesIn, rowsOf, statisticsOf, whenOf } from '../section-text.js';

/** With BatchNorm those whose statistics were taken anew, of single networks too. */
const rows = ({ tables }: Findings) => rowsOf<AverageRow>(tables, 'averages').filter((row) => row.batchNorm !== 'raw');
const asTrained = ({ tables }: Findings) =>
  rowsOf<AverageRow>(tables, 'averages').filter((row) => row.batchNorm === 'raw' && row.what === 'single');
const averageOf = (findings: Findings, role: string) => rows(findings).find((row) => row.role === role && row.what === 'average of all');
const change = (row: AverageRow) => estimate(row.overMean, row.overMeanLow, row.overMeanHigh);

const PHRASES = {
  above: (role: string) => `averaging the weights of ${role} runs gains accuracy`,
  below: (role: string) => `averaging the weights of ${role} runs costs accuracy`,
  undecided: (role: string) => `whether averaging the weights of ${role} runs changes accuracy is undecided`,
  unknown: (role: string) => `averaging the weights of ${role} runs was measured without an interval`,
};

function clause(row: AverageRow): string {
  const said = sign(change(row));
  const by = said === 'below' ? flipped(change(row)) : change(row);
  const best =
    row.overBest === null
      ? ''
      : `; against ${row.best}, the best on validation, ${points(estimate(row.overBest, row.overBestLow, row.overBestHigh))}`;
  return `${PHRASES[said](row.role)}: the average of ${count(row.members, 'run')} reaches ${percent(estimate(row.accuracy, row.low, row.high))}, ${points(by)} ${
    said === 'below' ? 'below' : 'over'
  } their mean${best}`;
}

const summary = (role: string) => (all: readonly Findings[]) =>
  byVerdict(all, (findings) => {
    const row = averageOf(findings, role);
    if (!row) return null;
    const said = sign(change(row));
    return { phrase: PHRASES[said](role), numbers: pointsInBrackets(said === 'below' ? flipped(change(row)) : change(row)) };
  });

/** What the statistics do to the single networks: an average must not be credited with it. */
function normalized(findings: Findings): string[] {
  const said = rolesIn(asTrained(findings)).flatMap((role) => {
    const level = (all: readonly AverageRow[]) =>
      over(all.filter((row) => row.role === role && row.what === 'single'), (row) => row.accuracy, (row) => row.low, (row) => row.high); // prettier-ignore
    const [trained, anew] = [level(asTrained(findings)), level(rows(findings))];
    return trained && anew ? [`${role} runs reach ${percent(anew)} with them, ${percent(trained)} as trained`] : [];
  });
  if (said.length === 0) return [];
  return [
    `BatchNorm: every network here, single ones too, has running statistics taken anew on the same training images, so that no average is credited with what these do (single ${list(said)}); the rows with statistics averaged as the weights are, raw, are in the table.`,
  ];
}

export const averaging: SectionText = {
  analysis: 'averaging',
  title: 'Averaging weights',
  question: 'How good is one network whose weights are the mean of several trained ones?',
  answer(findings) {
    const said = rolesIn(rows(findings)).flatMap((role) => {
      const row = averageOf(findings, role);
      return row ? [clause(row)] : [];
    });
    if (said.length === 0) return `On ${findings.target}, no role has two runs whose weights could be averaged.`;
    return `On ${findings.target}, ${said.join('; ')}.`;
  },
  cautions(findings) {
    const reasons = new Set(rows(findings).flatMap((row) => (row.reason === null ? [] : [row.reason])));
    return [
      ...(reasons.size > 0 ? [`There is ${list([...reasons])}.`] : []),
      ...normalized(findings),
      'An ensemble averages predictions and must run every network; averaged weights cost as much as a single one.',
      'Permutation symmetry spoils averages of RI-T runs: the same function with its units in another order averages badly.',
    ];
  },
  method(findings, options) {
    const [first] = rows(findings);
    return [
      `Uniform mean of all parameters (Wortsman et al. 2022), evaluated on the same ${count(first?.n ?? 0, 'test image')}; ${whenOf(first?.at ?? 'final')}.`,
      ...(asTrained(findings).length > 0 ? [`BatchNorm statistics of every network: ${statisticsOf(options)}.`] : []),
      'The best single network is the one with the highest validation accuracy; test images choose nothing.',
      `Intervals: paired ${bootstrapOf(options)}, the same draws for every network.`,
    ].join(' ');
  },
  roles: ['RI-T'],
  summary: [summary('RI-T')],
};
