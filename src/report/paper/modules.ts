import type { BasinRow, CriticalityModuleRow, CriticalityNetworkRow, RewindContrastRow, RewindRoleRow } from '../../analyses/rows.js';
import { compareOnGrid, count, decimal, estimate, flipped, list, over, points, sized } from '../format.js';
import { lessToLose } from '../learned.js';
import { rowsOf } from '../section-text.js';
import type { Claim, Verdict } from './claim.js';
import { aboveZero, together } from './claim.js';
import { BASIN } from './values.js';

/** The paper shows module criticality in figures only. */
const SHOWN = 'in its figures of module criticality, without numbers';

/** Rows of the earliest epoch that modules were set back to. */
const earliest = <T extends { readonly to: number }>(rows: readonly T[]): readonly T[] => {
  const first = Math.min(...rows.map(({ to }) => to));
  return rows.filter(({ to }) => to === first);
};

const rewound: Claim = {
  analysis: 'rewind',
  roles: ['P-T', 'RI-T'],
  claim: 'Setting a module back to its start costs P-T less than RI-T',
  paper: SHOWN,
  judge(findings) {
    const { tables } = findings;
    const row = earliest(rowsOf<RewindContrastRow>(tables, 'contrasts')).find(({ module }) => module === '');
    if (!row) return null;
    const saved = flipped(estimate(row.difference, row.low, row.high));
    const levels = [row.pretrained, row.random].map((drop) => points({ value: drop, low: null, high: null }));
    const measured = `drop ${levels[0]} for P-T, ${levels[1]} for RI-T, mean over the body: ${points(saved)} less`;
    const less = lessToLose(findings, flipped(saved));
    return less ? { verdict: 'undecided', measured: `${measured}; ${less}` } : { verdict: aboveZero(saved), measured };
  },
};

const deeper: Claim = {
  analysis: 'rewind',
  roles: ['P-T'],
  claim: 'Of P-T, modules near the output are more critical than modules near the input',
  paper: SHOWN,
  judge({ tables }) {
    const row = earliest(rowsOf<RewindRoleRow>(tables, 'roles')).find(({ role }) => role === 'P-T');
    if (!row || row.growth === null) return null;
    const growth = estimate(row.growth, row.growthLow, row.growthHigh);
    return { verdict: aboveZero(growth), measured: `drop of the body’s later half minus its earlier: ${points(growth)}` };
  },
};

/** The straight line, and the scale that comes first: what the section speaks of. */
function direct<T extends { readonly path: string; readonly scale: string }>(rows: readonly T[]): readonly T[] {
  const own = rows.filter(({ path }) => path === 'direct');
  return own.filter(({ scale }) => scale === own[0]!.scale);
}

const OF_ORDER = { above: 'not reproduced', below: 'reproduced', undecided: 'undecided', unknown: 'undecided' } as const;

const lower: Claim = {
  analysis: 'criticality',
  roles: ['P-T', 'RI-T'],
  claim: 'The network criticality of P-T is lower than that of RI-T',
  paper: SHOWN,
  judge({ tables }) {
    const rows = direct(rowsOf<CriticalityNetworkRow>(tables, 'networks')).filter(({ mu }) => mu !== null);
    const ofRole = (role: string) => rows.filter((row) => row.role === role).map((row) => estimate(row.mu!, row.low, row.high));
    const [tuned, scratch] = [ofRole('P-T'), ofRole('RI-T')];
    if (tuned.length === 0 || scratch.length === 0) return null;
    const verdicts = tuned.flatMap((p) => scratch.map((r): Verdict => OF_ORDER[compareOnGrid(p, r)]));
    return {
      verdict: together(verdicts),
      measured: `μ ${list(rows.map((row) => `${sized(estimate(row.mu!, row.low, row.high))} for ${row.run}`))}`,
    };
  },
};

const output: Claim = {
  analysis: 'criticality',
  roles: ['P-T'],
  claim: 'Of P-T, path criticality is higher near the output than near the input',
  paper: SHOWN,
  judge({ tables }) {
    const rows = direct(rowsOf<CriticalityModuleRow>(tables, 'modules')).filter((row) => row.role === 'P-T' && !row.head);
    const depths = [...new Set(rows.map(({ depth }) => depth))].sort((a, b) => a - b);
    const half = Math.floor(depths.length / 2);
    if (half === 0 || rows.some(({ mu }) => mu === null)) return null;
    const mean = (wanted: readonly number[]) =>
      over(
        rows.filter(({ depth }) => wanted.includes(depth)),
        (row) => row.mu,
        (row) => row.low,
        (row) => row.high,
      )!;
    const [early, late] = [mean(depths.slice(0, half)), mean(depths.slice(-half))];
    return {
      verdict: OF_ORDER[compareOnGrid(early, late)],
      measured: `mean μ of the body’s later half ${sized(late)}, of its earlier ${sized(early)}, ${count(2 * half, 'module')}`,
    };
  },
};

const valley: Claim = {
  analysis: 'basin',
  roles: ['P-T'],
  claim: 'Two P-T runs lie in one (ε, δ)-basin',
  paper: `${Object.entries(BASIN)
    .map(([target, { epsilon, delta }]) => `${target} (${epsilon}, ${delta})`)
    .join(', ')}`,
  judge({ tables }) {
    const [row] = rowsOf<BasinRow>(tables, 'basins').filter(({ pair }) => pair === 'P-T & P-T');
    if (!row) return null;
    if (row.mu === null || row.epsilon === null)
      return row.level === null
        ? null
        : { verdict: 'not reproduced', measured: row.reason ?? 'the loss between the two leaves the level of their ends' };
    if (row.delta === null) return { verdict: 'undecided', measured: row.reason ?? 'no δ was found' };
    // in some resamples no δ leaves the basin
    const verdict = row.deltaHigh === null ? 'undecided' : 'reproduced';
    return {
      verdict,
      measured: `(${decimal(row.epsilon, 4)}, ${decimal(row.delta, 2)}) in a network of ${count(row.weights, 'weight')}`,
    };
  },
};

export const moduleClaims: readonly Claim[] = [rewound, deeper, lower, output];
export const basinClaims: readonly Claim[] = [valley];
