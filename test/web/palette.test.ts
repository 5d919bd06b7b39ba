import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colorOf, COLORS, inOrder, strangerColors, STRANGERS } from '../../src/web/palette.js';

const PAGE = { light: '#ffffff', dark: '#14161a' };

/** Relative luminance, WCAG 2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test('every role and pair reads on the page, in light and dark', () => {
  for (const [kind, [light, dark]] of Object.entries(COLORS)) {
    assert.ok(contrast(light, PAGE.light) >= 4.5, `${kind} light ${contrast(light, PAGE.light)}`);
    assert.ok(contrast(dark, PAGE.dark) >= 4.5, `${kind} dark ${contrast(dark, PAGE.dark)}`);
  }
});

test('a pair of one role wears the colour of the role, other pairs their own', () => {
  assert.deepEqual(COLORS['P-T & P-T'], COLORS['P-T']);
  assert.deepEqual(COLORS['RI-T & RI-T'], COLORS['RI-T']);
  const pairs = Object.keys(COLORS).filter((kind) => kind.includes('&'));
  assert.equal(new Set(pairs.map((pair) => COLORS[pair]![0])).size, pairs.length);
});

test('roles of a user’s own get colours that read, in the order of the page; a pair of one role wears its role’s', () => {
  for (const [light, dark] of STRANGERS) {
    assert.ok(contrast(light, PAGE.light) >= 4.5, light);
    assert.ok(contrast(dark, PAGE.dark) >= 4.5, dark);
  }
  const colors = strangerColors(['P', 'P-T', 'mine', 'probe', 'P-T & mine', 'mine & mine', 'mine & probe']);
  assert.deepEqual(colors['mine'], STRANGERS[0]);
  assert.deepEqual(colors['mine & mine'], STRANGERS[0]);
  assert.equal(new Set(['mine', 'probe', 'P-T & mine', 'mine & probe'].map((kind) => colors[kind])).size, 4);
  assert.ok(!('P-T' in colors));
  assert.notEqual(colorOf('a-b'), colorOf('a_b'));
});

test('strangers come last and are drawn in ink where the page gives them no colour', () => {
  assert.deepEqual(inOrder(['other', 'RI-T', 'P-T', 'RI-T']), ['P-T', 'RI-T', 'other']);
  assert.equal(colorOf('other'), 'var(--s-other,currentColor)');
  assert.equal(colorOf('P-T & RI-T'), 'var(--c-p-t-ri-t)');
});
