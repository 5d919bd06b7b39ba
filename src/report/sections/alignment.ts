import type { AlignedDistanceRow, AlignedPathRow, ReductionRow, UnitGroupRow } from '../../analyses/rows.js';
import type { Estimate } from '../format.js';
import { count, decimal, flipped, over, points, pointsInBrackets, sign } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { between, bootstrapOf, byVerdict, HULL, kindOf, kindsOf, rowsOf, whenOf } from '../section-text.js';

const SCRATCH = 'RI-T & RI-T';
const KINDS = [SCRATCH, 'P-T & P-T'];

const reductionsOf = ({ tables }: Findings) => rowsOf<ReductionRow>(tables, 'reductions').filter((row) => row.metric === 'accuracy');
const reductionIn = (findings: Findings, pair: string) =>
  kindOf(reductionsOf(findings), pair, [(row) => row.reduction, (row) => row.low, (row) => row.high]);
const meanOf = (rows: readonly ReductionRow[], value: (row: ReductionRow) => number) =>
  over(
    rows,
    value,
    () => null,
    () => null,
  )!;

/** 'from 34.0 points to 28.1'. */
function change(findings: Findings, pair: string): string {
  const own = reductionsOf(findings).filter((row) => row.pair === pair);
  return `from ${points(meanOf(own, (row) => row.raw))} to ${decimal(100 * meanOf(own, (row) => row.aligned).value, 1)}`;
}

function distances({ tables }: Findings, pair: string): string {
  const own = rowsOf<AlignedDistanceRow>(tables, 'distances').filter((row) => row.scope === 'network' && row.pair === pair);
  const mean = (value: (row: AlignedDistanceRow) => number) => own.reduce((sum, row) => sum + value(row), 0) / own.length;
  return `the ℓ₂ distance goes from ${decimal(
    mean((row) => row.raw),
    1,
  )} to ${decimal(
    mean((row) => row.aligned),
    1,
  )}`;
}

/** Matching left every unit of every pair where it was. */
function stays({ tables }: Findings, pair: string): boolean {
  const units = rowsOf<UnitGroupRow>(tables, 'units').filter((row) => row.pair === pair);
  return units.length > 0 && units.every((row) => row.moved === 0);
}

function clause(findings: Findings, pair: string): string | null {
  const kind = reductionIn(findings, pair);
  if (!kind) return null;
  const where = between(pair);
  if (stays(findings, pair))
    return `${where}, no unit has to move, so that the barrier stays at ${points(
      meanOf(
        reductionsOf(findings).filter((row) => row.pair === pair),
        (row) => row.raw,
      ),
    )}`;
  const effect = {
    above: `alignment lowers the barrier of test accuracy ${change(findings, pair)}, by ${points(kind)}`,
    below: `alignment raises the barrier of test accuracy ${change(findings, pair)}, by ${points(flipped(kind))}`,
    undecided: `whether alignment changes the barrier of test accuracy is undecided: it goes ${change(findings, pair)}, a reduction of ${points(kind)}`,
    unknown: `the barrier of test accuracy goes ${change(findings, pair)}, without an interval`,
  }[sign(kind)];
  return `${where}, ${effect}; ${distances(findings, pair)}`;
}

/** Of RI-T pairs: two P-T runs have their order from P. null: no pair, no interval, or no unit that has to move. */
function headline(findings: Findings) {
  const kind = reductionIn(findings, SCRATCH);
  if (!kind || stays(findings, SCRATCH)) return null;
  const own = reductionsOf(findings).filter((row) => row.pair === SCRATCH);
  const numbers = (by: Estimate) => `${pointsInBrackets(by)}, of a barrier of ${points(meanOf(own, (row) => row.raw))}`;
  switch (sign(kind)) {
    case 'above':
      return { phrase: 'matching units lowers the barrier between RI-T runs', numbers: numbers(kind) };
    case 'below':
      return { phrase: 'matching units raises the barrier between RI-T runs', numbers: numbers(flipped(kind)) };
    case 'undecided':
      return { phrase: 'whether matching units lowers the barrier between RI-T runs is undecided', numbers: numbers(kind) };
    case 'unknown':
      return null;
  }
}

export const alignment: SectionText = {
  analysis: 'alignment',
  title: 'Alignment of units',
  question: 'How much of the barrier and of the distance is only that two networks number their units differently?',
  answer(findings) {
    const parts = kindsOf(KINDS, reductionsOf(findings))
      .map((pair) => clause(findings, pair))
      .filter((part) => part !== null);
    return parts.length > 0
      ? `On ${findings.target}, ${parts.join('; ')}.`
      : `On ${findings.target}, there are no two runs of one role whose units could be matched.`;
  },
  cautions(findings) {
    return [
      'Matching weights is a heuristic: another permutation may match better, so that what is left of a barrier is an upper bound.',
      'Only permutations are undone; scaling one layer up and the next one down is a symmetry of ReLU networks, too.',
      ...(stays(findings, 'P-T & P-T') ? ['Between P-T runs no unit moved: fine-tuning kept the order that they have from P.'] : []),
    ];
  },
  method({ tables }, options) {
    const paths = rowsOf<AlignedPathRow>(tables, 'paths');
    const [first] = paths;
    const groups = new Map(rowsOf<UnitGroupRow>(tables, 'units').map((row) => [row.group, row.units]));
    const units = [...groups.values()].reduce((sum, size) => sum + size, 0);
    const lambdas = new Set(paths.map((row) => row.lambda)).size;
    return [
      `Which units may change places together is derived from the network’s graph: ${count(groups.size, 'group')} of ${count(units, 'unit')} in all. The permutation of B’s units that maximizes the sum of products of A’s and B’s weights is sought group by group as a linear assignment until nothing improves (weight matching, Ainsworth et al. 2022); ${whenOf(first?.at ?? 'final')}.`,
      `Raw and aligned, loss and accuracy at ${count(lambdas, 'point')} of λ in [0, 1] on the same ${first ? `${count(first.n, 'image')} of ${first.split}` : 'images'}; the barrier is the largest drop below the straight line between the ends, as under Loss landscape. The permuted network was checked to compute the same as before.`,
      `Intervals of the reduction: paired ${bootstrapOf(options)}, the same draws raw and aligned. ${HULL}`,
    ].join(' ');
  },
  roles: ['RI-T'],
  summary: [(all) => byVerdict(all, headline)],
};
