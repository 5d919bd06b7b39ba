import type { Role, Run } from './analysis.js';

/** The roles of the paper that are trained on the target; they come before roles of the user's own. */
const KNOWN: readonly Role[] = ['P-T', 'RI-T'];
/** Not trained on the target; they come last. */
const UNTRAINED: readonly Role[] = ['P', 'RI'];

export interface RunPair {
  readonly a: Run;
  readonly b: Run;
  /** 'P-T & RI-T'. */
  readonly pair: string;
}

/** The runs of a role, in the subject's order. */
export const ofRole = (runs: readonly Run[], role: Role): readonly Run[] => runs.filter((run) => run.role === role);

export const isTrained = ({ role }: Pick<Run, 'role'>): boolean => !UNTRAINED.includes(role);

/** Roles of the runs that were trained on the target: P-T, RI-T, then others in the subject's order. */
export function trainedRoles(runs: readonly Pick<Run, 'role'>[]): Role[] {
  const found = new Set(runs.filter(isTrained).map(({ role }) => role));
  return [...KNOWN.filter((role) => found.has(role)), ...[...found].filter((role) => !KNOWN.includes(role))];
}

/** All runs trained on the target, role by role. */
export const trained = (runs: readonly Run[]): readonly Run[] => trainedRoles(runs).flatMap((role) => ofRole(runs, role));

/** Every pair of different runs of these roles, which stand in the order in which a pair names its sides. One role twice takes each pair once. */
export function pairsOf(runs: readonly Run[], kinds: readonly (readonly [Role, Role])[]): RunPair[] {
  return kinds.flatMap(([first, second]) => {
    const [left, right] = [ofRole(runs, first), ofRole(runs, second)];
    return left.flatMap((a, i) => (first === second ? right.slice(i + 1) : right).map((b) => ({ a, b, pair: `${first} & ${second}` })));
  });
}

/** Runs trained on the target against each other. */
export function trainedPairs(runs: readonly Run[]): RunPair[] {
  const roles = trainedRoles(runs);
  return pairsOf(
    runs,
    roles.flatMap((first, i) => roles.slice(i).map((second) => [first, second] as const)),
  );
}

/** Runs of one role against each other. */
export const pairsWithin = (runs: readonly Run[]): RunPair[] =>
  pairsOf(
    runs,
    trainedRoles(runs).map((role) => [role, role] as const),
  );

/** And against P and RI, where heads are left out. */
export function bodyPairs(runs: readonly Run[]): RunPair[] {
  const roles = trainedRoles(runs);
  const kinds = UNTRAINED.flatMap((other) => roles.map((role) => [role, other] as const));
  return [...trainedPairs(runs), ...pairsOf(runs, [...kinds, ['P', 'RI']])];
}

/** P's head has other classes, and RI's was never trained. */
export const sharesHead = ({ a, b }: RunPair): boolean => isTrained(a) && isTrained(b);
