import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { resample } from '../../../src/data/transforms/resample.js';

interface Fixture {
  shape: [number, number, number];
  image: number[];
  cases: { box: [number, number, number, number]; size: [number, number]; expected: number[] }[];
}
const file = new URL('../../../../test/data/fixtures/resample.json', import.meta.url);
const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;

for (const { box, size, expected } of fixture.cases) {
  test(`resample: part ${box.join()} to ${size.join('x')} is PyTorch's antialiased bilinear, rounded`, () => {
    const [channels, height, width] = fixture.shape;
    const out = new Uint8Array(expected.length);
    resample(Uint8Array.from(fixture.image), out, {
      from: { channels, height, width },
      to: { channels, height: size[0], width: size[1] },
      box: { top: box[0], left: box[1], height: box[2], width: box[3] },
    });
    out.forEach((v, i) => assert.ok(Math.abs(v - expected[i]!) <= 0.5 + 1e-5, `${i}: ${v}, PyTorch ${expected[i]}`));
  });
}
