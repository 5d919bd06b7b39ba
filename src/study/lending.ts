import { PIECES } from './costs.js';
import { lookedAt } from './looked-at.js';
import type { Step } from './step.js';

/** Whether a step has pieces that processes without a step of their own can do. */
export const isShared = ({ kind }: Pick<Step, 'kind'>): boolean => Object.hasOwn(PIECES, kind);

/** How many such pieces a step has, at least 1: all of it. */
export const piecesOf = (step: Step): number => (isShared(step) ? Math.max(1, Math.floor(PIECES[step.kind]!(lookedAt(step)))) : 1);

/** How many of the free workers each gets, as evenly as it goes: at most as many as it can use. */
export function lend(usable: readonly number[], free: number): number[] {
  const lent = usable.map(() => 0);
  for (let left = free; left > 0; left--) {
    const open = [...lent.keys()].filter((i) => lent[i]! < usable[i]!);
    if (open.length === 0) break;
    lent[open.reduce((least, i) => (lent[i]! < lent[least]! ? i : least))]!++;
  }
  return lent;
}
