import type { CrossBarrierRow, CrossPathRow } from '../../analyses/rows.js';
import { count, points, pointsInBrackets } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { basinWords, bootstrapOf, byVerdict, HULL, kindOf, oneBasinOf, rowsOf, whenOf } from '../section-text.js';

const barriersOf = ({ tables }: Findings) =>
  rowsOf<CrossBarrierRow>(tables, 'barriers').filter((row) => row.metric === 'accuracy' && row.definition === 'line');

const TUNED = 'P-T & P-T';
const BARRIER = [(row: CrossBarrierRow) => row.barrier, (row: CrossBarrierRow) => row.low, (row: CrossBarrierRow) => row.high] as const;

function clause(rows: readonly CrossBarrierRow[], other: string, role: string, bound: number): string | null {
  const own = rows.filter((row) => row.other === other && row.pair === `${role} & ${role}`);
  const kind = kindOf(own, `${role} & ${role}`, BARRIER);
  if (!kind) return null;
  const number = `${points(kind)}${kind.pairs > 1 ? ` over ${kind.pairs} pairs` : ''}`;
  const way = `on the way from the body of ${role === 'RI-T' ? 'an' : 'a'} ${role} run to that of one on ${other}`;
  if (own.every((row) => row.high < bound)) return `${way} there is no barrier: ${number}`;
  if (own.every((row) => row.low > bound)) return `${way} stands a barrier of ${number}`;
  return `${way} it is undecided whether there is a barrier: ${number}`;
}

/** Of P-T bodies, on the way to those of every other target. */
function headline(findings: Findings) {
  const own = barriersOf(findings).filter((row) => row.pair === TUNED);
  const kind = kindOf(own, TUNED, BARRIER);
  if (!kind) return null;
  const bound = oneBasinOf(findings.options);
  const phrase = own.every((row) => row.high < bound)
    ? 'no barrier stands between the bodies of P-T runs of different targets'
    : own.every((row) => row.low > bound)
      ? 'a barrier stands between the bodies of P-T runs of different targets'
      : 'whether a barrier stands between the bodies of P-T runs of different targets is undecided';
  return { phrase, numbers: pointsInBrackets(kind) };
}

export const crossDomain: SectionText = {
  analysis: 'cross-domain',
  title: 'Across targets',
  question: 'Do networks that were fine-tuned from one P for different targets still share a basin?',
  answer(findings) {
    const rows = barriersOf(findings);
    const others = [...new Set(rows.map((row) => row.other))];
    const bound = oneBasinOf(findings.options);
    const parts = others
      .flatMap((other) => ['P-T', 'RI-T'].map((role) => clause(rows, other, role, bound)))
      .filter((part) => part !== null);
    return parts.length > 0
      ? `On images of ${findings.target}, ${parts.join('; ')}.`
      : `Besides ${findings.target}, there is no other target with runs to compare with.`;
  },
  cautions() {
    return [
      'Only bodies move: the head stays that of this target, and it was never trained on the other body. The far end may therefore be poor without any barrier on the way.',
      'A barrier on the straight line does not prove that no path without one exists; between RI-T runs permutation symmetry inflates it.',
    ];
  },
  method({ tables }, options) {
    const [first] = rowsOf<CrossPathRow>(tables, 'paths');
    const bound = basinWords(options);
    const lambdas = new Set(rowsOf<CrossPathRow>(tables, 'paths').map((row) => row.lambda)).size;
    return [
      `Body (1 − λ)·θ_A + λ·θ_B, head of A, at ${count(lambdas, 'point')} of λ in [0, 1] on the same ${first ? `${count(first.n, 'image')} of ${first.split}` : 'images'} of this target; A was trained on it, B on the other target; ${whenOf(first?.at ?? 'final')}.`,
      `The barrier is the largest drop of accuracy below the straight line between both ends. No barrier: every pair’s upper bound is under ${bound}; a barrier: every lower bound is over ${bound}.`,
      `Intervals: paired ${bootstrapOf(options)}, the same draws at every λ. ${HULL}`,
    ].join(' ');
  },
  roles: ['P-T', 'RI-T'],
  summary: [(all) => byVerdict(all, headline)],
};
