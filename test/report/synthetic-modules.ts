// Rows of analyses that go module by module, of a study that never ran.
import type { Rewound } from '../../src/analyses/rewind-rows.js';
import { contrastRows, moduleRows, roleRows } from '../../src/analyses/rewind-rows.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { random } from '../../src/tensor/random.js';
import { MODULES, RUNS, TEST, type Character } from './synthetic-rows.js';

/** Chance that a right image turns wrong, module by module. */
const LOST: Record<string, readonly number[]> = { 'P-T': [0.08, 0.06, 0.16, 0.35, 0.5], 'RI-T': [0.85, 0.1, 0.4, 0.5, 0.55] };

/** Outcomes image by image from which the rows follow as in a real study. */
export function rewind({ target, pretrained, random: scratch }: Character): TablesOf['rewind'] {
  const rewound = RUNS.flatMap(({ run, role, seed }) => {
    const { uniform } = random('synthetic rewind', target, run);
    const right = Uint8Array.from({ length: TEST }, () => Number(uniform() < (role === 'P-T' ? pretrained : scratch)));
    const whole = { right, loss: Float64Array.from(right, (hit) => 2.5 - 2 * hit) };
    return MODULES.flatMap((name, depth) =>
      [0, 5, 10].map((to): Rewound => {
        const lost = LOST[role]![depth]! * (1 - to / 20);
        const kept = right.map((hit) => Number(hit === 1 && uniform() > lost));
        const group = { name, depth, parameters: [`${name}.weight`], head: name === 'head' };
        const found = { right: kept, loss: Float64Array.from(kept, (hit) => 2.7 - 2 * hit) };
        return { run: { name: run, role: role as 'P-T', seed }, to, group, moved: true, whole, found };
      }),
    );
  });
  const resampling = { resamples: 200, key: ['synthetic', target] };
  const names = { target, at: 'final' };
  return {
    modules: moduleRows(rewound, resampling).map((row) => ({ ...names, split: 'test', ...row })),
    roles: roleRows(rewound, resampling).map((row) => ({ ...names, ...row })),
    contrasts: contrastRows(rewound, resampling).map((row) => ({ ...names, ...row })),
  };
}
