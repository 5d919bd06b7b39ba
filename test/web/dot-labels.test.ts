// Names of dots: none over another, over a dot or over the edge.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import type { NamedDot, Spot } from '../../src/web/charts/dot-labels.js';
import { SPOTS, spotsFor } from '../../src/web/charts/dot-labels.js';
import { figures } from '../../src/web/charts/plane.js';
import { FONT, textWidth } from '../../src/web/charts/frame.js';
import { random } from '../../src/tensor/random.js';

const EDGE = { left: 0, right: 300, top: 0, bottom: 200 };
const dot = (x: number, y: number, text = '30'): NamedDot => ({ x, y, text });

test('a dot by itself has its name above, to the right; near an edge on the other side', () => {
  assert.deepEqual(spotsFor([dot(100, 100)], EDGE), [SPOTS[0]]);
  assert.equal(spotsFor([dot(295, 100)], EDGE)[0]!.textAnchor, 'end');
  assert.ok(spotsFor([dot(100, 4)], EDGE)[0]!.dy > 0);
});

test('of dots in one place the first has the best spot, and those that find none have no name', () => {
  const spots = spotsFor(Array.from({ length: 9 }, (_, i) => dot(100 + i / 10, 100)), EDGE); // prettier-ignore
  assert.deepEqual(spots[0], SPOTS[0]);
  assert.ok(spots.includes(null));
});

test('whatever the dots, names keep clear of each other and of other dots', () => {
  const { uniform, integer } = random('names of dots');
  const overlap = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]) => a < d && c < b;
  for (let round = 0; round < 50; round++) {
    const dots = Array.from({ length: 13 }, () => dot(40 + 60 * uniform(), 40 + 50 * uniform(), String(integer(101))));
    const spots = spotsFor(dots, EDGE);
    const placed = dots.flatMap((each, i) => (spots[i] ? [{ each, spot: spots[i] as Spot }] : []));
    assert.ok(placed.length >= 3, `${placed.length} names`);
    const across = ({ each, spot }: (typeof placed)[number]) => {
      const left = each.x + spot.dx - (spot.textAnchor === 'end' ? textWidth(each.text) : 0);
      return [left, left + textWidth(each.text)] as const;
    };
    const down = ({ each, spot }: (typeof placed)[number]) => [each.y + spot.dy - FONT / 2, each.y + spot.dy + FONT / 2] as const;
    for (const [i, a] of placed.entries()) {
      for (const b of placed.slice(i + 1)) assert.ok(!(overlap(across(a), across(b)) && overlap(down(a), down(b))), 'two names');
      const [[left, right], [top, bottom]] = [across(a), down(a)];
      const away = ({ x, y }: NamedDot) => Math.hypot((left + right) / 2 - x, (top + bottom) / 2 - y);
      assert.ok(
        dots.every((other) => other === a.each || away(other) > away(a.each) - 1.5),
        'a name is nearest to its dot',
      );
      for (const other of dots)
        if (other !== a.each)
          assert.ok(!(overlap(across(a), [other.x - 4, other.x + 4]) && overlap(down(a), [other.y - 4, other.y + 4])), 'a dot');
    }
  }
});

test('corners of a plane are named apart from each other; those too close are named in the corner of the plot', () => {
  const { document } = parseHTML('<html><body></body></html>');
  const at = (x: number, y: number) => ({ plane: 'p', x, y, split: 'test', loss: 1 + x + y, accuracy: 0.5, inside: true, n: 90 });
  const cells = Array.from({ length: 121 }, (_, i) => at((i % 11) / 5, Math.floor(i / 11) / 5));
  const texts = (...corners: [number, number][]) => {
    const points = corners.map(([x, y], i) => ({ ...at(x, y), point: `P-T.${i + 1}`, role: 'P-T' }));
    const drawn = figures[0]!.draw({ cells, points } as never, { document, width: 400 })!;
    return [...drawn.querySelectorAll('text')].map((text) => text.textContent ?? '');
  };
  const apart = texts([0.4, 0.4], [1.6, 0.4], [1, 1.6]);
  for (const name of ['P-T.1 1.80', 'P-T.2 3.00', 'P-T.3 3.60']) assert.ok(apart.includes(name), apart.join('|'));
  const close = texts([1, 1], [1.05, 1], [1.1, 1]);
  assert.ok(
    close.some((text) => /^close by: P-T\.2 3\.05$/.test(text)),
    close.join('|'),
  );
});
