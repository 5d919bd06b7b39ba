import type { BarrierRow, PathRow } from '../../analyses/rows.js';
import { capital, count, decimal, list, points, pointsInBrackets } from '../format.js';
import { atChance } from '../learned.js';
import type { Findings, Kind, SectionText } from '../section-text.js';
import {
  basinWords,
  between,
  bootstrapOf,
  byVerdict,
  HULL,
  kindOf,
  kindsOf,
  oneBasinOf,
  rowsOf,
  statisticsOf,
  whenOf,
} from '../section-text.js';

const KINDS = ['P-T & P-T', 'RI-T & RI-T', 'P-T & RI-T', 'P-T & P', 'RI-T & P'];

const accuracies = ({ tables }: Findings) =>
  rowsOf<BarrierRow>(tables, 'barriers').filter((row) => row.split === 'test' && row.metric === 'accuracy' && row.definition === 'line');
/** Verdicts go by re-estimated running statistics where there are BatchNorms; without training images there are none, and raw rows only. */
function barriersOf(findings: Findings): readonly BarrierRow[] {
  const rows = accuracies(findings);
  return rows.every(isRaw) ? rows : rows.filter((row) => !isRaw(row));
}
const isRaw = (row: BarrierRow) => row.batchNorm === 'raw';
const kindIn = (rows: readonly BarrierRow[], pair: string) =>
  kindOf(rows, pair, [(row) => row.barrier, (row) => row.low, (row) => row.high]);

type Verdict = 'one basin' | 'a barrier' | 'undecided' | 'mixed' | 'unknown' | 'raw' | 'chance';

/** What the rows of a kind say together: 'mixed' when some pairs share a basin and some do not. */
function verdictOf(rows: readonly BarrierRow[], kind: Kind, { options, levels = [] }: Findings): Verdict {
  const bound = oneBasinOf(options);
  if (atChance(levels, rows[0]!.pair.split(' & ')).length > 0) return 'chance';
  if (rows.some(isRaw)) return 'raw';
  if (kind.low === null || kind.high === null) return 'unknown';
  const basins = rows.filter((row) => row.oneBasin === true).length;
  const barriers = rows.filter((row) => row.low > bound).length;
  if (basins === rows.length) return 'one basin';
  if (barriers === rows.length) return 'a barrier';
  return basins > 0 && barriers > 0 ? 'mixed' : 'undecided';
}

function clause(rows: readonly BarrierRow[], pair: string, findings: Findings): string | null {
  const kind = kindIn(rows, pair);
  if (!kind) return null;
  const of = kind.pairs === 1 ? '' : ` over ${kind.pairs} pairs`;
  const number = `${points(kind)}${of}`;
  switch (
    verdictOf(
      rows.filter((row) => row.pair === pair),
      kind,
      findings,
    )
  ) {
    case 'one basin':
      return `${between(pair)} the barrier is ${number}, so that they share one basin`;
    case 'a barrier':
      return `${between(pair)} stands a barrier of ${number}`;
    case 'mixed':
      return `${between(pair)} some pairs share a basin and some do not, with a barrier of ${number}`;
    case 'undecided':
      return `${between(pair)} it is undecided whether there is a barrier: ${number}`;
    case 'unknown':
      return `${between(pair)} the barrier is ${number}, without an interval`;
    case 'raw':
      return `${between(pair)} the barrier is ${number} with running statistics mixed as the weights are, which decides nothing`;
    case 'chance':
      return `${between(pair)} the barrier is ${number}, which decides nothing where no network of a role is above chance`;
  }
}

const PHRASES: Readonly<Record<Verdict, string>> = {
  'one basin': 'share one basin',
  'a barrier': 'are separated by a barrier in test accuracy',
  undecided: 'may or may not share a basin',
  mixed: 'share a basin in some pairs and not in others',
  unknown: 'were compared without an interval',
  chance: 'are not above chance, so that barriers decide nothing',
  raw: 'were compared with mixed running statistics only, which decides nothing',
};

const summary = (pair: string) => (all: readonly Findings[]) =>
  byVerdict(all, (findings) => {
    const rows = barriersOf(findings).filter((row) => row.pair === pair);
    const kind = kindIn(rows, pair);
    return (
      kind && {
        phrase: `${pair.split(' & ')[0]!} runs ${PHRASES[verdictOf(rows, kind, findings)]}`,
        numbers: `barrier ${pointsInBrackets(kind)}`,
      }
    );
  });

export const interpolation: SectionText = {
  analysis: 'interpolation',
  title: 'Loss landscape',
  question: 'Is there a barrier on the straight line between two networks, or do they lie in one basin?',
  answer(findings) {
    const rows = barriersOf(findings);
    const parts = kindsOf(KINDS, rows)
      .map((pair) => clause(rows, pair, findings))
      .filter((part) => part !== null);
    return parts.length > 0
      ? `On ${findings.target}, ${parts.join('; ')}.`
      : `On ${findings.target}, there is no pair of runs to walk between.`;
  },
  cautions(findings) {
    const rows = barriersOf(findings);
    const cautions = ['Only straight lines are examined: a barrier on the line does not prove that no path without one exists.'];
    if (rows.some((row) => row.pair.includes('RI-T'))) {
      cautions.push(
        'Permutation symmetry inflates barriers to and between RI-T runs: units in another order meet a barrier even where the function is the same.',
      );
    }
    if (rows.length > 0 && rows.every(isRaw))
      cautions.push(
        'BatchNorm: mixed running statistics do not fit mixed weights, and there are no training images to take them anew on; a barrier shown here may be one of statistics, not of weights.',
      );
    else if (accuracies(findings).some(isRaw))
      cautions.push(
        'BatchNorm: mixed running statistics do not fit mixed weights, so sentences go by statistics taken anew on training images at every λ; the raw ones are in the table and, dashed, in the charts.',
      );
    if (rows.some((row) => row.pair.endsWith('& P')))
      cautions.push('On the way to P only the body moves: the head stays that of the trained run, because P’s own has other classes.');
    const lone = kindsOf(KINDS, rows).filter((pair) => rows.filter((row) => row.pair === pair).length === 1);
    if (lone.length > 0)
      cautions.push(
        `${capital(list(lone.map(between)))} there is one pair each; its interval covers the choice of images, not that of seeds.`,
      );
    return cautions;
  },
  method(findings, options) {
    const paths = rowsOf<PathRow>(findings.tables, 'paths');
    const normalized = paths.some((row) => row.batchNorm === 're-estimated');
    const bound = basinWords(options);
    const lambdas = [...new Set(paths.map((row) => row.lambda))].sort((a, b) => a - b);
    const inside = lambdas.filter((lambda) => lambda >= 0 && lambda <= 1).length;
    const sizes = [...new Set(paths.map((row) => `${count(row.n, 'image')} of ${row.split}`))];
    return [
      `θ_λ = (1 − λ)·θ_A + λ·θ_B at ${count(inside, 'point')} of λ in [0, 1]${lambdas.length > inside ? `, continued to ${decimal(lambdas[0]!, 1)} and ${decimal(lambdas.at(-1)!, 1)}` : ''}; the same ${list(sizes) || 'images'} at every λ; ${whenOf(paths[0]?.at ?? 'final')}.`,
      'The barrier is the largest drop of test accuracy below the straight line between the endpoints’ accuracies on [0, 1], the largest excess for a loss; “mean” measures from the mean of the endpoints instead.',
      ...(normalized ? [`BatchNorm statistics at every λ: ${statisticsOf(options)}.`] : []),
      `One basin is our rule for an accuracy barrier whose upper bound is under ${bound}; a barrier has its lower bound over ${bound}; all else is undecided.`,
      `Intervals: paired ${bootstrapOf(options)}, the same draws at every λ. ${HULL}`,
    ].join(' ');
  },
  // of P-T pairs the advice speaks
  roles: ['RI-T'],
  summary: [summary('RI-T & RI-T')],
};
