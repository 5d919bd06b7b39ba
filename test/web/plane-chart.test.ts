// Planes on which nothing differs but rounding: no lines through noise, and the picture says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import { cornersOf, gridOver, isInside, weightsOf } from '../../src/analyses/plane-geometry.js';
import { figures } from '../../src/web/charts/plane.js';

const corners = cornersOf({ d12: 64, d13: 70, d23: 80 })!;

/** Loss about 2 and accuracy one half; `steep`: what loss rises by along x. Every other point is a float32 rounding higher. */
function tablesOf(steep: number, outside = 0) {
  const at = (point: { x: number; y: number }, i: number) => {
    const inside = isInside(weightsOf(corners, point));
    const loss = 2 + (i % 2 === 0 ? -1 : 1) * 2 ** -23 + steep * point.x + (inside ? 0 : outside);
    return { plane: 'p', ...point, loss, accuracy: 0.5, inside };
  };
  const points = corners.map((corner, i) => ({ ...at(corner, i), point: `P-T.${i}`, role: 'P-T' }));
  return { points, cells: gridOver(corners, 15, 0.25).map(at), rises: [] } as never;
}

test('distances of networks that hardly moved are written so that they have room', () => {
  const { document } = parseHTML('<!doctype html><body></body>');
  const { points, cells } = tablesOf(0.1) as { points: { x: number; y: number }[]; cells: { x: number; y: number }[] };
  const small = ({ x, y, ...rest }: { x: number; y: number }) => ({ ...rest, x: 1e-11 * x, y: 1e-11 * y });
  const svg = figures[0]!.draw({ points: points.map(small), cells: cells.map(small), rises: [] } as never, { document, width: 350 })!;
  const texts = [...svg.querySelectorAll('text')].map((text) => text.textContent ?? '');
  assert.ok(texts.includes('5.00e−11'), texts.join('|'));
  assert.ok(!texts.some((text) => text.includes('0.0000')));
});

test('a plane that is flat to rounding has no lines, and says so', () => {
  const { document } = parseHTML('<!doctype html><body></body>');
  const [loss, accuracy] = figures;
  const drawn = (figure: typeof loss, tables: never) => {
    const svg = figure!.draw(tables, { document, width: 400 })!;
    return { lines: svg.querySelectorAll('[aria-label="contour"] path').length, text: svg.textContent };
  };
  for (const flat of [tablesOf(0), tablesOf(0, 3)]) {
    assert.equal(drawn(loss, flat).lines, 0);
    assert.match(drawn(loss, flat).text, /flat to rounding, 2\.00/);
    assert.match(loss!.alt(flat), /flat to rounding inside the triangle/);
    assert.equal(drawn(accuracy, flat).lines, 0);
    assert.match(drawn(accuracy, flat).text, /flat to rounding, 50 %/);
  }
  const steep = drawn(loss, tablesOf(0.1));
  assert.ok(steep.lines >= 3, String(steep.lines));
  assert.match(steep.text, /\d lines, from \d/);
  assert.doesNotMatch(loss!.alt(tablesOf(0.1)), /flat/);
  assert.match(loss!.caption, /flat to rounding has none/);
});
