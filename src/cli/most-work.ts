import { findAnalysis } from '../analyses/registry.js';
import type { Plan, Step, StepId } from '../study/step.js';
import { isAnalysis } from '../study/step.js';
import { duration } from './format.js';

/** Shorter work is waited for without a word. */
const WORTH_SAYING_SECONDS = 180;

/**
 * What more than half of the work is spent on, where that is minutes, in a line: an analysis with the trainings that it asks for, or the study's
 * own trainings. `without` says how to ask for the other analyses only. null: nothing is, or nothing is known.
 */
export function mostWork(
  { steps }: Pick<Plan, 'steps'>,
  seconds: ReadonlyMap<StepId, number>,
  without?: (others: readonly string[]) => string,
): string | null {
  const spent = new Map<string, number>();
  for (const step of steps) spent.set(whatOf(step), (spent.get(whatOf(step)) ?? 0) + (seconds.get(step.id) ?? 0));
  const all = [...spent.values()].reduce((sum, each) => sum + each, 0);
  const [what, most] = [...spent].sort(([, a], [, b]) => b - a)[0] ?? ['', 0];
  if (most <= all / 2 || most <= WORTH_SAYING_SECONDS) return null;
  const analyses = [...new Set(steps.filter(isAnalysis).map(({ kind }) => kind))];
  const others = analyses.includes(what) ? analyses.filter((name) => name !== what && !readsOf(name).includes(what)) : [];
  const advice = without && others.length > 0 ? `; ${without(others)} leaves it out` : '';
  return `${what} takes about ${duration(most)} of ${duration(all)} of work${advice}`;
}

const whatOf = (step: Step): string => step.sweep ?? (isAnalysis(step) ? step.kind : step.kind === 'train' ? 'training' : step.title);

const readsOf = (name: string): readonly string[] => findAnalysis(name).reads ?? [];
