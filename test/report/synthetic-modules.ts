// Rows of analyses that go module by module, of a study that never ran.
import { meanOver } from '../../src/analyses/over-images.js';
import { logGrid } from '../../src/analyses/criticality-grid.js';
import type { Cell, Explored } from '../../src/analyses/criticality-rows.js';
import { cellRows, criticalityRows } from '../../src/analyses/criticality-rows.js';
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
    const whole = { accuracy: meanOver(right), loss: Float64Array.from(right, (hit) => 2.5 - 2 * hit) };
    return MODULES.flatMap((name, depth) =>
      [0, 5, 10].map((to): Rewound => {
        const lost = LOST[role]![depth]! * (1 - to / 20);
        const kept = right.map((hit) => Number(hit === 1 && uniform() > lost));
        const group = { name, depth, parameters: [`${name}.weight`], buffers: [], head: name === 'head' };
        const found = { accuracy: meanOver(kept), loss: Float64Array.from(kept, (hit) => 2.7 - 2 * hit) };
        return { run: { name: run, role: role as 'P-T', seed }, to, group, moved: true, whole, found };
      }),
    );
  });
  const resampling = { resamples: 200, key: ['synthetic', target] };
  const names = { target, at: 'final' };
  const modules = moduleRows(rewound, resampling).map((row) => ({ ...names, split: 'test', ...row }));
  return {
    modules,
    // as of a network with BatchNorm, whose early modules do not fit the statistics on record
    raw: modules.map((row) => (row.depth > 1 ? row : { ...row, accuracy: row.low, drop: row.drop + row.accuracy - row.low })),
    roles: roleRows(rewound, resampling).map((row) => ({ ...names, ...row })),
    contrasts: contrastRows(rewound, resampling).map((row) => ({ ...names, ...row })),
  };
}

/** Errors that grow with the noise and with the way back, more so for RI-T and deeper modules. */
export function criticality({ target }: Character): TablesOf['criticality'] {
  const explored = RUNS.filter(({ seed }) => seed === 1).flatMap(({ run, role, seed }) =>
    MODULES.map((name, depth): Explored<Cell> => {
      const grid = logGrid(8, 0.01).map((step) => step * 0.07);
      const cells = Array.from({ length: 11 * 8 }, (_, k): Cell => {
        const [alpha, sigma] = [Math.floor(k / 8) / 10, grid[k % 8]!];
        const loss = LOST[role]![depth]! * (1 - alpha) ** 2 + 6 * sigma;
        const misses = Math.min(60, Math.round(6 + 50 * loss));
        return {
          point: { alpha, epoch: null, squared: (alpha * (1 + depth)) ** 2 },
          sigma,
          byDraw: Uint32Array.from({ length: 10 }, (_, d) => misses + (d % 3) - 1),
          byImage: Uint16Array.from({ length: 64 }, (_, i) => (i < misses ? 10 : 0)),
        };
      });
      return {
        run: { name: run, role: role as 'P-T', seed },
        group: { name, depth, parameters: [name], buffers: [], head: name === 'head' },
        missed: Uint8Array.from({ length: 64 }, (_, i) => Number(i < 6)),
        draws: 10,
        surfaces: [{ path: 'direct', scale: 'relative', rms: 0.07, grid, cells }],
      };
    }),
  );
  const names = { target, at: 'final' };
  const { modules, networks } = criticalityRows(explored, 0.05, { resamples: 100, key: ['synthetic', target] });
  return {
    modules: modules.map((row) => ({ ...names, ...row })),
    networks: networks.map((row) => ({ ...names, ...row })),
    cells: cellRows(explored, 0.05).map((row) => ({ ...names, ...row })),
  };
}
