// Rows of the analyses of the loss landscape, for a study that never ran.
import { cornersOf, gridOver, isInside, weightsOf } from '../../src/analyses/plane-geometry.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import type { Character } from './synthetic-rows.js';
import { interpolation, TEST } from './synthetic-rows.js';

/** P-T lies in one bowl; RI-T has a ridge between its two ends. */
export function plane({ target, pretrained, random: scratch }: Character): TablesOf['plane'] {
  const tables = { cells: [], points: [], rises: [] } as { [T in keyof TablesOf['plane']]: TablesOf['plane'][T][number][] };
  for (const [role, good, size, ridge] of [
    ['P-T', pretrained, 8, 0.004],
    ['RI-T', scratch, 27, 0.3],
  ] as const) {
    const corners = cornersOf({ d12: size ** 2, d13: 1.1 * size ** 2, d23: 1.3 * size ** 2 })!;
    const names = { target, plane: `${role}.1 start & ${role}.1 & ${role}.2`, split: 'test' };
    const at = (point: { x: number; y: number }) => {
      const [w1, w2, w3] = weightsOf(corners, point);
      const outside = Math.max(0, -w1, -w2, -w3);
      const accuracy = Math.max(0.05, 0.08 * w1 + good * (w2 + w3) - ridge * 4 * Math.max(0, w2 * w3) - 0.5 * outside);
      return { ...names, ...point, loss: 2.9 - 2.4 * accuracy + 4 * outside ** 2, accuracy, n: 128 };
    };
    const labels = [`${role}.1 start`, `${role}.1`, `${role}.2`];
    tables.points.push(...corners.map((corner, k) => ({ ...at(corner), point: labels[k]!, role })));
    tables.cells.push(...gridOver(corners, 15, 0.25).map((point) => ({ ...at(point), inside: isInside(weightsOf(corners, point)) })));
    for (const metric of ['loss', 'accuracy']) {
      for (const definition of ['plane', 'corner']) {
        const rise = definition === 'corner' ? 0 : (metric === 'loss' ? 2.4 : 1) * ridge;
        const verdict = metric === 'accuracy' && definition === 'plane';
        tables.rises.push({
          ...names,
          metric,
          definition,
          rise,
          low: Math.max(0, rise - 0.05),
          high: rise + 0.01,
          x: size / 2,
          y: size / 2,
          worst: metric === 'loss' ? 2.7 : 0.08,
          worstCorner: metric === 'loss' ? 2.7 : 0.08,
          oneRegion: verdict ? role === 'P-T' : null,
          n: TEST,
          reason: null,
        });
      }
    }
  }
  return tables;
}

/** Alignment takes a little off the RI-T barrier, and nothing moves between P-T runs. */
export function alignment(character: Character): TablesOf['alignment'] {
  const { target } = character;
  const all = interpolation(character);
  const own = <T extends { readonly pair: string }>(rows: readonly T[]) => rows.filter(({ pair }) => pair !== 'P-T & RI-T');
  const inside = own(all.paths).filter((row) => row.split === 'test' && row.lambda >= 0 && row.lambda <= 1);
  const less = (pair: string) => (pair === 'RI-T & RI-T' ? 0.8 : 1);
  const barriers = own(all.barriers);
  const names = (row: (typeof barriers)[number]) => ({ target, a: row.a, b: row.b, pair: row.pair, at: 'final' });
  const lines = barriers.filter((row) => row.definition === 'line');
  const pairs = lines.filter((row) => row.metric === 'accuracy');
  return {
    paths: ['raw', 'aligned'].flatMap((form) =>
      inside.map((row) => ({ ...row, form, accuracy: form === 'raw' ? row.accuracy : Math.min(1, row.accuracy / less(row.pair)) })),
    ),
    barriers: ['raw', 'aligned'].flatMap((form) =>
      barriers.map((row) => ({ ...row, form, barrier: row.barrier * (form === 'raw' ? 1 : less(row.pair)) })),
    ),
    reductions: lines.map((row) => {
      const aligned = row.barrier * less(row.pair);
      const reduction = row.barrier - aligned;
      const width = reduction > 0 ? 0.03 : 0;
      return {
        ...names(row),
        split: 'test',
        metric: row.metric,
        raw: row.barrier,
        aligned,
        reduction,
        low: reduction - width,
        high: reduction + width,
        n: 128,
      };
    }),
    distances: pairs.flatMap((row) =>
      ['', 'conv1', 'layer1.0', 'fc'].map((module, depth) => ({
        ...names(row),
        scope: module === '' ? 'network' : 'module',
        module,
        depth: depth - 1,
        raw: 29.8 / (depth + 1),
        aligned: (29.8 * less(row.pair)) / (depth + 1),
        weights: 78042 / (depth + 1),
      })),
    ),
    units: pairs.map((row) => ({ ...names(row), group: 'conv1.weight', units: 16, moved: less(row.pair) < 1 ? 14 : 0, weights: 5000 })),
  };
}

/** A basin between the P-T runs; none between the RI-T runs, whose segment leaves the level. */
export function basin({ target }: Character): TablesOf['basin'] {
  const names = (role: string) => ({ target, a: `${role}.1`, b: `${role}.2`, pair: `${role} & ${role}`, at: 'final', split: 'test', loss: 'cross-entropy' }); // prettier-ignore
  const nothing = { mu: null, muLow: null, muHigh: null, epsilon: null, epsilonLow: null, epsilonHigh: null, delta: null, deltaLow: null, deltaHigh: null, deltaAround: null, deltaBeyond: null }; // prettier-ignore
  const sizes = { weights: 78042, n: 96, draws: 10 };
  const found = { mu: 1.61, muLow: 1.58, muHigh: 1.64, epsilon: 0.021, epsilonLow: 0.012, epsilonHigh: 0.03, delta: 4.1, deltaLow: 3.2, deltaHigh: 5.3, deltaAround: 4.1, deltaBeyond: 2.2 }; // prettier-ignore
  const heights = [-0.4, -0.2, 0, 0.25, 0.5, 0.75, 1, 1.2, 1.4];
  return {
    basins: [
      { ...names('P-T'), from: -0.3, to: 1.28, size: 15.2, level: 1.7, edge: false, ...found, ...sizes, reason: null },
      { ...names('RI-T'), from: -0.1, to: 1.05, size: 31, level: 1.9, edge: false, ...nothing, ...sizes, reason: 'the loss between the two leaves the level of their ends' }, // prettier-ignore
    ],
    losses: ['P-T', 'RI-T'].flatMap((role) =>
      heights.map((t) => ({
        ...names(role),
        t,
        value: 1.6 + (role === 'P-T' ? 0.4 : 0) * (t - 0.5) ** 2 + (role === 'P-T' ? 0 : 2 * Math.max(0, t * (1 - t))),
      })),
    ),
    margins: [2, 3].flatMap((condition) =>
      [0, 0.5, 1, 2, 4, 8].map((delta) => {
        const margin = 0.004 * delta ** 2 * condition - 0.05;
        return { ...names('P-T'), condition, delta, margin, low: margin - 0.02, high: margin + 0.02 };
      }),
    ),
  };
}

/** The other target's bodies: no barrier between P-T runs, one between RI-T runs. */
export function crossDomain(character: Character): TablesOf['cross-domain'] {
  const all = interpolation(character);
  const other = character.target === 'openmoji' ? 'outline' : 'openmoji';
  const across = <T extends { readonly pair: string; readonly b: string }>(rows: readonly T[]) =>
    rows.filter(({ pair }) => pair !== 'P-T & RI-T').map((row) => ({ ...row, b: `${row.b} on ${other}`, other }));
  return {
    paths: across(all.paths.filter((row) => row.split === 'test' && row.lambda >= 0 && row.lambda <= 1)),
    barriers: across(all.barriers),
  };
}
