import type { Analysed } from './costs.js';
import type { Step } from './step.js';

/** What an analysis step will look at, as far as its plan tells. */
export type LookedAt = Pick<Analysed, 'options' | 'runs' | 'trained' | 'sweep'> & { readonly pairs: number };

export function lookedAt(step: Step): LookedAt {
  const { options, sweep = [] } = step.options as { options: Record<string, unknown>; sweep?: readonly { readonly name: string }[] };
  const swept = new Set(sweep.map(({ name }) => name));
  const names = Object.keys(step.inputs).filter((name) => name.includes('.') && !swept.has(name));
  // inputs besides the data; the same training may be an arm's and a sweep's
  const here = Object.keys(step.inputs).length - 1 - sweep.length;
  return {
    options,
    runs: here,
    trained: here - ['P', 'RI'].filter((name) => name in step.inputs).length,
    sweep: sweep.length,
    pairs: pairsOfOneRole(names),
  };
}

/** Of runs by their names, role.number. */
function pairsOfOneRole(names: readonly string[]): number {
  const roles = names.map((name) => name.split('.')[0]!);
  return [...new Set(roles)].reduce((sum, role) => {
    const runs = roles.filter((each) => each === role).length;
    return sum + (runs * (runs - 1)) / 2;
  }, 0);
}
