import type { DistanceRow } from '../../analyses/rows.js';
import { count, decimal, list } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { between, byVerdict, kindsOf, rowsOf, whenOf } from '../section-text.js';

const [TUNED, SCRATCH, KEPT, LEFT, MIXED] = ['P-T & P-T', 'RI-T & RI-T', 'P-T & P', 'RI-T & P', 'P-T & RI-T'];
/** Ratios nearer to 1 than this are called equal. */
const EQUAL = 1.1;

const networks = ({ tables }: Findings) => rowsOf<DistanceRow>(tables, 'distances').filter((row) => row.scope === 'network');

/** Mean and range of ‖θ_A − θ_B‖₂ over the pairs of one kind. */
interface Range {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  readonly pairs: number;
}
function rangeOf(rows: readonly DistanceRow[], pair: string): Range | null {
  const own = rows.filter((row) => row.pair === pair).map((row) => row.l2);
  if (own.length === 0) return null;
  return { mean: own.reduce((sum, l2) => sum + l2, 0) / own.length, least: Math.min(...own), most: Math.max(...own), pairs: own.length };
}

const digits = (value: number) => (value >= 100 ? 0 : value >= 1 ? 1 : 3);
const length = (value: number) => decimal(value, digits(value));
const shown = ({ mean, least, most, pairs }: Range) =>
  pairs === 1 ? length(mean) : `${length(mean)} (${length(least)} to ${length(most)} over ${pairs} pairs)`;

/** '3.1 times as far apart as'; 'about as far apart as'; 'undecided' when ranges overlap. */
function contrast(near: Range, far: Range): string {
  if (near.mean === 0) return far.mean === 0 ? 'as far apart as' : 'apart, which the others are not, unlike';
  const ratio = far.mean / near.mean;
  if (ratio < EQUAL && ratio > 1 / EQUAL) return 'about as far apart as';
  return ratio > 1 ? `${decimal(ratio, 1)} times as far apart as` : `nearer to each other (${decimal(ratio, 2)} times the distance) than`;
}

const overlap = (a: Range, b: Range) => a.least <= b.most && b.least <= a.most && (a.pairs > 1 || b.pairs > 1);

function pairs(rows: readonly DistanceRow[]): string | null {
  const [tuned, scratch] = [rangeOf(rows, TUNED!), rangeOf(rows, SCRATCH!)];
  if (tuned && scratch) {
    const numbers = `ℓ₂ ${shown(scratch)} against ${shown(tuned)}`;
    if (overlap(tuned, scratch))
      return `no difference in distance shows between RI-T pairs and P-T pairs: ${numbers}, the ranges overlap and it is undecided`;
    return `RI-T runs end ${contrast(tuned, scratch)} P-T runs: ${numbers}`;
  }
  const [one, name] = tuned ? [tuned, TUNED!] : [scratch, SCRATCH!];
  return one && `the ℓ₂ distance ${between(name)} is ${shown(one)}; there is nothing to compare it with`;
}

function fromPretrained(rows: readonly DistanceRow[]): string | null {
  const [kept, left] = [rangeOf(rows, KEPT!), rangeOf(rows, LEFT!)];
  if (kept && left) return `from P, P-T ends ${shown(kept)} away and RI-T ${shown(left)}`;
  return kept && `from P, P-T ends ${shown(kept)} away`;
}

export const distance: SectionText = {
  analysis: 'distance',
  title: 'Distance in weights',
  question: 'How far apart do the trained networks end up, and how far from the pre-trained one?',
  answer(findings) {
    const rows = networks(findings);
    const known = [pairs(rows), fromPretrained(rows)].filter((part) => part !== null);
    const told = known.length > 0 ? [TUNED, SCRATCH, MIXED, KEPT, LEFT] : [];
    const others = kindsOf([], rows)
      .filter((pair) => !told.includes(pair))
      .map((pair) => `${shown(rangeOf(rows, pair)!)} ${between(pair)}`);
    const rest = others.length > 0 ? [`the ℓ₂ distance is ${list(others)}`] : [];
    if (known.length > 0) return `On ${findings.target}, ${[...known, ...rest].join('; ')}.`;
    return others.length > 0
      ? `On ${findings.target}, the ℓ₂ distance is ${list(others)}; there are no two runs of one role to compare.`
      : `On ${findings.target}, there is no pair of runs whose weights could be compared.`;
  },
  cautions(findings) {
    const rows = networks(findings);
    const cautions = [
      'A distance is exact for its pair and has no interval; brackets give the range over pairs, which so few seeds hardly fill.',
      'Permutation symmetry inflates distances between RI-T runs: the same function with its units in another order is far away.',
      'Large layers dominate ℓ₂, and scale is arbitrary; the table gives distance per weight and relative to the start as well.',
    ];
    if (rows.some((row) => row.head === 'left out'))
      cautions.push('P’s head has other classes, so that distances to P leave the head out; those between trained runs include it.');
    return cautions;
  },
  method(findings) {
    const rows = networks(findings);
    const weights = Math.max(0, ...rows.map((row) => row.weights));
    const leftOut = Math.max(0, ...rows.map((row) => row.leftOut));
    return [
      `‖θ_A − θ_B‖₂ in float64 over up to ${count(weights, 'weight')}, for the whole network and for each module; ${whenOf(rows[0]?.at ?? 'final')}.`,
      'rms is the distance per weight, ℓ₂ / √weights; relative divides it by ‖θ_0‖ of the first network at its start; cosine is that between the two updates, where both runs started from the same values.',
      leftOut > 0
        ? `Only trained parameters count: ${count(leftOut, 'running statistic')} of BatchNorms are left out.`
        : 'Only trained parameters count: integer buffers and running statistics are left out.',
    ].join(' ');
  },
  roles: ['P-T', 'RI-T'],
  summary: [
    (all) =>
      byVerdict(all, (findings) => {
        const rows = networks(findings);
        const [tuned, scratch] = [rangeOf(rows, TUNED!), rangeOf(rows, SCRATCH!)];
        if (!tuned || !scratch) return null;
        const numbers = `ℓ₂ ${length(scratch.mean)} against ${length(tuned.mean)}`;
        if (overlap(tuned, scratch))
          return { phrase: 'whether RI-T runs end farther apart in weight space than P-T runs is undecided', numbers };
        const times = scratch.mean / tuned.mean;
        const order =
          times >= EQUAL
            ? 'farther apart in weight space than'
            : times <= 1 / EQUAL
              ? 'nearer to each other in weight space than'
              : 'about as far apart in weight space as';
        return {
          phrase: `RI-T runs end ${order} P-T runs`,
          numbers: Number.isFinite(times) ? `${decimal(times, 1)} times: ${numbers}` : numbers,
        };
      }),
  ],
};
