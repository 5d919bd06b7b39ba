import type { Role, Run } from './analysis.js';

/** The order in which a pair names its sides. */
const ROLES: readonly Role[] = ['P-T', 'RI-T', 'P', 'RI'];

export interface RunPair {
  readonly a: Run;
  readonly b: Run;
  /** 'P-T & RI-T'. */
  readonly pair: string;
}

/** The runs of a role, in the subject's order. */
export const ofRole = (runs: readonly Run[], role: Role): readonly Run[] => runs.filter((run) => run.role === role);

/** All runs trained on the target: P-T first, then RI-T. */
export const trained = (runs: readonly Run[]): readonly Run[] => [...ofRole(runs, 'P-T'), ...ofRole(runs, 'RI-T')];

/** Every pair of different runs with these roles, kind by kind. A kind of one role twice takes each pair once. */
export function pairsOf(runs: readonly Run[], kinds: readonly (readonly [Role, Role])[]): RunPair[] {
  return kinds.flatMap((kind) => {
    const [first, second] = kind.toSorted((x, y) => ROLES.indexOf(x) - ROLES.indexOf(y)) as [Role, Role];
    const [left, right] = [ofRole(runs, first), ofRole(runs, second)];
    return left.flatMap((a, i) => (first === second ? right.slice(i + 1) : right).map((b) => ({ a, b, pair: `${first} & ${second}` })));
  });
}

/** Runs trained on the target against each other. */
export const TRAINED_PAIRS: readonly (readonly [Role, Role])[] = [
  ['P-T', 'P-T'],
  ['P-T', 'RI-T'],
  ['RI-T', 'RI-T'],
];

/** And against P, where heads are left out. */
export const BODY_PAIRS: readonly (readonly [Role, Role])[] = [...TRAINED_PAIRS, ['P-T', 'P'], ['RI-T', 'P']];

/** P's head has other classes. */
export const sharesHead = ({ a, b }: RunPair): boolean => a.role !== 'P' && b.role !== 'P';
