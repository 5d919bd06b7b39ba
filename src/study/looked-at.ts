import type { Analysed } from './costs.js';
import type { Step } from './step.js';
import { sweepOf } from './step.js';

/** What an analysis step will look at, as far as its plan tells. */
export type LookedAt = Pick<Analysed, 'options' | 'runs' | 'trained' | 'sweep'> & Required<Pick<Analysed, 'pairs' | 'across'>>;

export function lookedAt(step: Step): LookedAt {
  const { options } = step.options as { options: Record<string, unknown> };
  const sweep = sweepOf(step);
  const swept = new Set(sweep.map(({ name }) => name));
  const names = Object.keys(step.inputs).filter((name) => name.includes('.') && !swept.has(name));
  // inputs besides the data; the same training may be an arm's and a sweep's
  const here = Object.keys(step.inputs).length - 1 - sweep.length;
  return {
    options,
    runs: here,
    trained: here - ['P', 'RI'].filter((name) => name in step.inputs).length,
    sweep: sweep.length,
    pairs: pairsOfOneRole(names.map(roleOf)),
    across: names.reduce((sum, name) => sum + sweep.filter(({ role }) => role === roleOf(name)).length, 0),
  };
}

/** Of a run's name, role.number. */
const roleOf = (name: string): string => name.split('.')[0]!;

function pairsOfOneRole(roles: readonly string[]): number {
  return [...new Set(roles)].reduce((sum, role) => {
    const runs = roles.filter((each) => each === role).length;
    return sum + (runs * (runs - 1)) / 2;
  }, 0);
}
