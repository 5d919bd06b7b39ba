import type { AbsentRow } from './absent.js';
import { Absent } from './absent.js';
import type { Run } from './analysis.js';
import type { ModuleGroup } from './module-groups.js';

// Where a run started may not be known, or not its head's values, when it was trained elsewhere.

const HOW = 'that of P-T is P, that of RI-T is RI (initial), and any run may bring its own (epochs: { 0: file })';
const names = (runs: readonly Run[]): string => runs.map(({ name }) => name).join(', ');

/** The runs whose start is known. Throws Absent when there are none. */
export function withStart(analysis: string, runs: readonly Run[]): readonly Run[] {
  const known = runs.filter(({ start }) => start !== 'none');
  if (known.length > 0) return known;
  throw new Absent(analysis, `it sets modules back to where a run started, which is not known of ${names(runs)}: ${HOW}`);
}

/** The groups whose start is known in every run: sums and means over modules are of the same ones. Throws Absent when there are none. */
export function groupsWithStart(analysis: string, runs: readonly Run[], groups: readonly ModuleGroup[]): readonly ModuleGroup[] {
  const known = runs.every(({ start = 'whole' }) => start === 'whole') ? groups : groups.filter(({ head }) => !head);
  if (known.length > 0) return known;
  throw new Absent(analysis, 'only heads were asked for, and what they started from is not known');
}

/** What is left out for want of a start: runs, and all heads where that of one is not known. */
export function unknownStarts(runs: readonly Run[]): Omit<AbsentRow, 'target'>[] {
  const [lost, headless] = (['none', 'body'] as const).map((start) => runs.filter((run) => run.start === start));
  return [
    ...(lost!.length > 0 ? [{ what: names(lost!), reason: `where they started is not known: ${HOW}` }] : []),
    ...(headless!.length > 0 ? [{ what: 'heads', reason: `what the head of ${names(headless!)} started from is not known` }] : []),
  ];
}
