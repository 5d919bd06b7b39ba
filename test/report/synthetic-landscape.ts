// Rows of the analyses of the loss landscape, for a study that never ran.
import { cornersOf, gridOver, isInside, weightsOf } from '../../src/analyses/plane-geometry.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import type { Character } from './synthetic-rows.js';
import { TEST } from './synthetic-rows.js';

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
