// Sentences on distances of domains: apart, undecided, measures that disagree, small numbers, and targets in order.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { domainDistance } from '../../src/report/sections/domain-distance.js';
import { domainDistanceRow, findings, gapRow } from './rows.js';

describe('domain distance', () => {
  const rows = (difference: readonly [number, number], proxy: readonly [number, number] = difference, distance = 27) => [
    domainDistanceRow({ value: distance, low: distance - 4, high: distance + 4 }),
    domainDistanceRow({ comparison: 'source & source', value: 0, low: -1, high: 1 }),
    domainDistanceRow({ comparison: 'difference', low: difference[0], high: difference[1] }),
    domainDistanceRow({ measure: 'proxy-a', value: 1.8, low: 1.7, high: 1.9 }),
    domainDistanceRow({ measure: 'proxy-a', comparison: 'source & source', value: 0, low: -0.2, high: 0.2 }),
    domainDistanceRow({ measure: 'proxy-a', comparison: 'difference', low: proxy[0], high: proxy[1] }),
  ];
  const say = (distances: readonly object[]) => domainDistance.answer(findings({ distances }));
  test('apart, undecided, nearer, nothing', () => {
    assert.equal(
      say(rows([1, 2])),
      'On a, images lie farther from the source’s than these lie from each other: proxy 𝒜-distance 1.80 (1.70 to 1.90) against 0.00 (−0.20 to 0.20) and Fréchet distance 27.00 (23.00 to 31.00) against 0.00 (−1.00 to 1.00).',
    );
    assert.match(say(rows([-1, 2])), /it is undecided: proxy/);
    assert.match(say(rows([-2, -1])), /lie nearer to the source’s than these lie to each other/);
    assert.equal(say([]), 'On a, there is no pre-trained network whose features could be compared.');
  });
  test('measures that disagree: what each says, and no claim', () => {
    const split = rows([-1, 2], [0.1, 0.4]);
    assert.equal(
      say(split),
      'On a, whether images lie farther from the source’s than these lie from each other is undecided, because the two measures disagree: by the proxy 𝒜-distance they do, 1.80 (1.70 to 1.90) against 0.00 (−0.20 to 0.20), difference 27.00 (0.10 to 0.40); by the Fréchet distance it is undecided, 27.00 (23.00 to 31.00) against 0.00 (−1.00 to 1.00), difference 27.00 (−1.00 to 2.00).',
    );
    assert.match(domainDistance.summary[0]!([findings({ distances: split })])!, /is undecided, its two measures disagree, on a/);
  });
  test('small distances have digits enough', () => {
    const small = rows([1, 2]).map((row) => (row.measure === 'frechet' ? { ...row, value: 0.0041, low: 0.0012, high: 0.0071 } : row));
    assert.match(say(small), /Fréchet distance 0\.0041 \(0\.0012 to 0\.0071\) against/);
  });
  test('over targets: from near to far, with what each gains; one target is none', () => {
    const all: Record<string, Record<string, object[]>> = {
      near: { distances: rows([1, 2]), gaps: [gapRow({ target: 'near' })] },
      far: { distances: rows([1, 2], [1, 2], 70), gaps: [gapRow({ target: 'far', gap: 0.01, low: -0.02, high: 0.04 })] },
    };
    const across = domainDistance.across!;
    const tablesOf = (analysis: string, target: string) => findings(all[target]!).tables;
    const tables = across.tables(['far', 'near'], tablesOf)!;
    assert.equal(
      across.answer(tables),
      'From the nearest target to the farthest pre-training changes accuracy by 7.0 points (2.0 to 12.0) on near, a gain (Fréchet distance 27.00, 23.00 to 31.00); 1.0 point (−2.0 to 4.0) on far, undecided (Fréchet distance 70.00, 66.00 to 74.00). Of 1 pair of targets it brings more to the nearer one in 0, less in 0, and it is undecided in 1.',
    );
    all['far']!['gaps'] = [gapRow({ target: 'far', gap: 0.01, low: 0.005, high: 0.015 })];
    assert.match(
      across.answer(across.tables(['far', 'near'], tablesOf)!),
      /it brings more to the nearer one in 1, less in 0, and it is undecided in 0\.$/,
    );
    all['far']!['distances'] = rows([1, 2], [1, 2], 30);
    const overlapping = across.answer(across.tables(['far', 'near'], tablesOf)!);
    assert.match(overlapping, /^Intervals of distances overlap, so that the order of the targets is undecided; pre-training/);
    assert.match(overlapping, /in 0, less in 0, and it is undecided in 1\.$/, 'gaps apart, but which is nearer is not known');
    assert.match(across.cautions(tables)[0]!, /^With 2 targets no relation/);
    assert.equal(across.tables(['near'], tablesOf), null);
  });
});
