import type { StepState, StepStatus } from '../study/status.js';
import type { Output } from './output.js';

const LOOKS: Readonly<Record<StepState, { mark: string; style: Parameters<Output['paint']>[0] }>> = {
  done: { mark: '✓', style: 'green' },
  running: { mark: '▶', style: 'cyan' },
  partial: { mark: '◐', style: 'yellow' },
  failed: { mark: '✗', style: 'red' },
  ready: { mark: '○', style: 'bold' },
  waiting: { mark: '·', style: 'dim' },
};

export const paintState = ({ state }: Pick<StepStatus, 'state'>, paint: Output['paint']): string =>
  paint(LOOKS[state].style, `${LOOKS[state].mark} ${state}`);

/** '3 done, 1 partial, 4 waiting', in the order of a step's life. */
export function countStates(statuses: readonly Pick<StepStatus, 'state'>[]): string {
  const states = Object.keys(LOOKS) as StepState[];
  return states
    .map((state) => ({ state, n: statuses.filter((status) => status.state === state).length }))
    .filter(({ n }) => n > 0)
    .map(({ state, n }) => `${n} ${state}`)
    .join(', ');
}

/** ' (epoch 12 of 40)' for training that began. */
export const progressOf = ({ epoch, state }: Pick<StepStatus, 'epoch' | 'state'>): string =>
  epoch && state !== 'done' ? ` (epoch ${epoch.done} of ${epoch.of})` : '';
