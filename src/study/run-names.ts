import type { Plan, StepId } from './step.js';
import { isAnalysis, isRun, sweepOf } from './step.js';

/**
 * The names that analyses call each run by, sweeps aside. A step has the first; it has others where the same checkpoint was given for several
 * networks (in several files, maybe), as steps are what was asked, not what it is called.
 */
export function runNames({ steps }: Pick<Plan, 'steps'>): ReadonlyMap<StepId, readonly string[]> {
  const names = new Map(steps.filter((step) => isRun(step) && step.sweep === undefined).map(({ id, subject }) => [id, new Set([subject])]));
  for (const analysis of steps.filter(isAnalysis)) {
    const swept = new Set(sweepOf(analysis).map(({ name }) => name));
    for (const [name, { step }] of Object.entries(analysis.inputs)) if (!swept.has(name)) names.get(step)?.add(name);
  }
  return new Map([...names].map(([id, all]) => [id, [...all]]));
}

/** 'P-T.1 and P-T.2 on near are one checkpoint, …': what a plan counts more than once. */
export function sameNetworks(plan: Pick<Plan, 'steps'>): string[] {
  const names = runNames(plan);
  return plan.steps.flatMap(({ id, target }) => {
    const own = names.get(id) ?? [];
    if (own.length < 2) return [];
    const on = target === '' ? '' : ` on ${target}`;
    return [`${own.slice(0, -1).join(', ')} and ${own.at(-1)!}${on} are one checkpoint, given more than once: analyses count it as ${own.length} networks.`]; // prettier-ignore
  });
}
