import type { BarrierRow, CkaRow, DistanceRow } from '../../analyses/rows.js';
import type { Estimate } from '../format.js';
import { compare, count, decimal, over, points } from '../format.js';
import { kindOf, oneBasinOf, rowsOf } from '../section-text.js';
import type { Claim, Verdict } from './claim.js';
import { together } from './claim.js';
import { CKA, DISTANCE, INTERPOLATION } from './values.js';

const listed = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(' ');

/** 'P-T & P' and 'P-T & RI-T': P-T and RI-T, which were trained on the target. */
const trainedIn = (...pairs: readonly string[]): string[] =>
  ['P-T', 'RI-T'].filter((role) => pairs.some((pair) => pair.split(' & ').includes(role)));

/** In every module but the head, one kind of pair is more alike than another. */
function moreAlike(above: keyof typeof CKA, below: keyof typeof CKA): Claim {
  return {
    analysis: 'cka',
    roles: trainedIn(above, below),
    claim: `${above} is more alike than ${below}, in every module`,
    paper: `CheXpert, conv1 to layer4: ${listed(CKA[above])} against ${listed(CKA[below])}`,
    judge({ tables }) {
      const rows = rowsOf<CkaRow>(tables, 'similarities');
      // pairs with P have no head
      const withP = rows.filter((row) => row.pair.endsWith('& P'));
      const modules = [...new Set((withP.length > 0 ? withP : rows).map((row) => row.module))];
      const parts = modules.flatMap((module) => {
        const of = (pair: string) =>
          over(
            rows.filter((row) => row.module === module && row.pair === pair),
            (row) => row.value,
            (row) => row.low,
            (row) => row.high,
          );
        const [a, b] = [of(above), of(below)];
        return a && b ? [{ a, b }] : [];
      });
      if (parts.length === 0) return null;
      const verdicts = parts.map(
        ({ a, b }): Verdict =>
          (({ above: 'reproduced', below: 'not reproduced', undecided: 'undecided', unknown: 'undecided' }) as const)[compare(a, b)],
      );
      const values = (side: (part: { a: Estimate; b: Estimate }) => Estimate) => listed(parts.map((part) => side(part).value));
      return {
        verdict: together(verdicts),
        measured: `${values((part) => part.a)} against ${values((part) => part.b)}, apart in ${verdicts.filter((verdict) => verdict === 'reproduced').length} of ${count(parts.length, 'module')}`,
      };
    },
  };
}

/** Distances have no interval: every pair of one kind against every pair of the other. */
function closer(near: 'P-T & P-T' | 'P-T & P', far: 'RI-T & RI-T' | 'RI-T & P', claim: string): Claim {
  return {
    analysis: 'distance',
    roles: trainedIn(near, far),
    claim,
    paper: Object.entries(DISTANCE)
      .map(([target, values]) => `${target} ${decimal(values[near], 0)} against ${decimal(values[far], 0)}`)
      .join(', '),
    judge({ tables }) {
      const rows = rowsOf<DistanceRow>(tables, 'distances').filter((row) => row.scope === 'network');
      const of = (pair: string) => rows.filter((row) => row.pair === pair).map((row) => row.l2);
      const [a, b] = [of(near), of(far)];
      if (a.length === 0 || b.length === 0) return null;
      const verdict = Math.max(...a) < Math.min(...b) ? 'reproduced' : Math.min(...a) > Math.max(...b) ? 'not reproduced' : 'undecided';
      return { verdict, measured: `${span(a)} against ${span(b)}, ${count(a.length, 'pair')} and ${b.length}` };
    },
  };
}

const span = (values: readonly number[]): string => {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => decimal(value, 1));
  return least === most ? least! : `${least} to ${most}`;
};

function basin(pair: keyof typeof INTERPOLATION, shares: boolean, claim: string, paper: string): Claim {
  return {
    analysis: 'interpolation',
    roles: trainedIn(pair),
    claim,
    paper,
    judge({ tables, options }) {
      const bound = oneBasinOf(options);
      const all = rowsOf<BarrierRow>(tables, 'barriers').filter(
        (row) => row.split === 'test' && row.metric === 'accuracy' && row.definition === 'line' && row.pair === pair,
      );
      // with BatchNorm by statistics taken anew, as the section: mixed ones decide nothing
      const anew = all.filter(({ batchNorm }) => batchNorm !== 'raw');
      const rows = anew.length > 0 ? anew : all;
      const kind = kindOf(rows, pair, [(row) => row.barrier, (row) => row.low, (row) => row.high]);
      if (!kind) return null;
      const verdicts = rows.map((row): Verdict => {
        if (row.batchNorm === 'raw') return 'undecided';
        if (row.high < bound) return shares ? 'reproduced' : 'not reproduced';
        if (row.low > bound) return shares ? 'not reproduced' : 'reproduced';
        return 'undecided';
      });
      return { verdict: together(verdicts), measured: `barrier ${points(kind)} over ${count(kind.pairs, 'pair')}` };
    },
  };
}

const { 'P-T & P-T': tuned, 'RI-T & RI-T': scratch, 'P-T & RI-T': mixed } = INTERPOLATION;

export const networkClaims: readonly Claim[] = [
  basin('P-T & P-T', true, 'P-T runs lie in one basin', `real: ${tuned.end} % at the ends, ${tuned.middle} % midway`),
  basin('RI-T & RI-T', false, 'Between RI-T runs stands a barrier', `real: ${scratch.end} % at the ends, ${scratch.middle} % midway`),
  basin('P-T & RI-T', false, 'Between P-T and RI-T stands a barrier', `real: ${mixed.middle} % midway`),
  closer('P-T & P-T', 'RI-T & RI-T', 'P-T runs lie closer together than RI-T runs'),
  closer('P-T & P', 'RI-T & P', 'P lies closer to P-T than to RI-T'),
  moreAlike('P-T & P-T', 'RI-T & RI-T'),
  moreAlike('P-T & P', 'P-T & RI-T'),
];
