import type { Step, StepId } from './step.js';
import { needs } from './step.js';

/**
 * Steps by the length of what hangs on them, longest first (critical path): a step's own cost plus the longest chain of steps that need it.
 * Without costs a training counts its epochs and everything else one. Equals keep the plan's order.
 */
export function longestFirst(steps: readonly Step[], seconds?: ReadonlyMap<StepId, number>): Step[] {
  const chain = new Map<StepId, number>();
  // each step stands after those that it needs: from the end, what hangs on it is known
  for (const step of [...steps].reverse()) {
    const own = (chain.get(step.id) ?? 0) + (seconds?.get(step.id) ?? epochsOf(step));
    chain.set(step.id, own);
    for (const id of needs(step)) chain.set(id, Math.max(chain.get(id) ?? 0, own));
  }
  return [...steps].sort((a, b) => chain.get(b.id)! - chain.get(a.id)!);
}

const epochsOf = ({ options }: Step): number => (options as { recipe?: { epochs: number } }).recipe?.epochs ?? 1;
