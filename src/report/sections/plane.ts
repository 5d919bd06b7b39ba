import type { PlaneCellRow, PlanePointRow, PlaneRiseRow } from '../../analyses/rows.js';
import { count, decimal, estimate, list, points, pointsInBrackets } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { basinWords, bootstrapOf, byVerdict, oneBasinOf, rowsOf } from '../section-text.js';

const risesOf = ({ tables }: Findings) => rowsOf<PlaneRiseRow>(tables, 'rises');
const pick = (rows: readonly PlaneRiseRow[], plane: string, metric: string, definition: string) =>
  rows.find((row) => row.plane === plane && row.metric === metric && row.definition === definition);
const cornersOf = ({ tables }: Findings, plane: string) => rowsOf<PlanePointRow>(tables, 'points').filter((row) => row.plane === plane);
const named = (plane: string) => list(plane.split(' & '));

/** Highest loss inside against the highest at a corner, with the corners' losses where they are worth telling apart. */
function losses(findings: Findings, plane: string): string {
  const loss = pick(risesOf(findings), plane, 'loss', 'corner')!;
  const corners = cornersOf(findings, plane).map((row) => `${decimal(row.loss)} at ${row.point}`);
  const inside =
    loss.rise! > 0 ? `the highest loss inside is ${decimal(loss.worst!)}` : 'no point inside has a higher loss than the worst corner';
  return `${inside} (corners: ${list(corners)})`;
}

type Verdict = 'no ridge' | 'a ridge' | 'undecided';
function verdictOf({ oneRegion, low }: PlaneRiseRow, { options }: Findings): Verdict {
  if (oneRegion === true) return 'no ridge';
  return low !== null && low > oneBasinOf(options) ? 'a ridge' : 'undecided';
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  'no ridge': 'so that no ridge separates the three',
  'a ridge': 'a ridge: the three do not lie in one region',
  undecided: 'so that it is undecided whether a ridge separates them',
};

function clause(findings: Findings, plane: string): string {
  const drop = pick(risesOf(findings), plane, 'accuracy', 'plane')!;
  if (drop.rise === null) return `there is no plane through ${named(plane)}: ${drop.reason}`;
  const number = points(estimate(drop.rise, drop.low, drop.high));
  const where = `between ${named(plane)}, accuracy falls at most ${number} below the plane through the corners`;
  return `${where}, ${VERDICTS[verdictOf(drop, findings)]}; ${losses(findings, plane)}`;
}

const PHRASES: Readonly<Record<Verdict, (corners: string) => string>> = {
  'no ridge': (corners) => `no ridge in accuracy separates ${corners}`,
  'a ridge': (corners) => `a ridge in accuracy separates ${corners}`,
  undecided: (corners) => `whether a ridge in accuracy separates ${corners} is undecided`,
};

/** Of the first plane, by default that of P-T. */
function headline(findings: Findings) {
  const drop = risesOf(findings).find((row) => row.metric === 'accuracy' && row.definition === 'plane' && row.rise !== null);
  if (!drop) return null;
  const phrase = PHRASES[verdictOf(drop, findings)](named(drop.plane));
  return { phrase, numbers: `drop ${pointsInBrackets(estimate(drop.rise!, drop.low, drop.high))}` };
}

export const plane: SectionText = {
  analysis: 'plane',
  title: 'Loss on a plane',
  question: 'Does one region of low loss hold the start of a run, its end and the end of another run?',
  answer(findings) {
    const planes = [...new Set(risesOf(findings).map((row) => row.plane))];
    if (planes.length === 0) return `On ${findings.target}, there are no three checkpoints to lay a plane through.`;
    return `On ${findings.target}, ${planes.map((each) => clause(findings, each)).join('. And ')}.`;
  },
  cautions(findings) {
    const starts = rowsOf<PlanePointRow>(findings.tables, 'points').some((row) => row.point.endsWith(' start') && row.role === 'P-T');
    const borrowed = rowsOf<PlanePointRow>(findings.tables, 'points').some((row) => row.point.endsWith(' start under its last head'));
    return [
      'A plane shows two of very many directions; what lies off it is not seen, and a grid can miss a ridge between its points.',
      'A maximum over noisy points is biased upwards, and so is its interval: a verdict of no ridge is on the safe side.',
      ...(starts
        ? ['The start of a P-T run is P’s body with the random head that the run really started from; P’s own head has other classes.']
        : []),
      ...(borrowed
        ? ['The start of a run that was trained elsewhere is shown under the head of its end: what the head started from is not known.']
        : []),
    ];
  },
  method({ tables }, options) {
    const cells = rowsOf<PlaneCellRow>(tables, 'cells');
    const first = cells[0];
    const grid = cells.filter((row) => row.plane === first?.plane).length;
    const bound = basinWords(options);
    const side = Math.round(Math.sqrt(grid));
    return [
      `θ(x, y) = Σ wₖθₖ with Σ wₖ = 1: every network on the plane through three checkpoints, on a grid of ${side} × ${side} points and at the corners; the same ${first ? `${count(first.n, 'image')} of ${first.split}` : 'images'} everywhere. Distances are ℓ₂ in parameter space.`,
      'Inside the triangle the weights wₖ are not negative. The drop is measured from the plane through the corners’ accuracies, as a barrier is from the straight line between its ends; the tables have it for the loss, and from the worst corner, too.',
      `No ridge is our rule for a drop of accuracy whose upper bound is under ${bound}; a ridge has its lower bound over ${bound}.`,
      `Intervals: paired ${bootstrapOf(options)}, the same draws at every point, the highest point looked for anew in each.`,
    ].join(' ');
  },
  roles: ['P-T', 'RI-T'],
  summary: [(all) => byVerdict(all, headline)],
};
