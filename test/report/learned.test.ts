// Networks at chance: what the opening sentences and the sections leave unsaid, and the reason they give.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect } from '../../src/report/collect.js';
import { barrierRow, distanceRow, findings, freezingChoiceRow, runRow } from './rows.js';

const SCRATCH = { a: 'RI-T.1', b: 'RI-T.2', pair: 'RI-T & RI-T' };

test('the summary claims nothing of roles that have no network above chance, and sections say why', () => {
  const of = (low: number) => {
    const runs = ['P-T.1', 'P-T.2', 'RI-T.1'].map((run) => runRow({ run, role: run.slice(0, -2), accuracy: 0.18, low, high: 0.22 }));
    const input = {
      'learning-curves': { runs },
      interpolation: { barriers: [barrierRow({}), barrierRow(SCRATCH)] },
      distance: { distances: [distanceRow({}), distanceRow({ ...SCRATCH, l2: 50 })] },
      freezing: { choice: [freezingChoiceRow({})], verified: [] },
    };
    const results = Object.entries(input).map(([analysis, tables]) => ({ analysis, options: {}, ...findings(tables) }));
    return collect({ title: 'a', results, runs: [], pictures: {}, provenance: {} as never });
  };
  const [blind, learned] = [of(0.14), of(0.175)];
  assert.deepEqual(blind.summary, []);
  assert.match(learned.summary.map(({ text }) => text).join(' '), /RI-T runs share one basin.*|P-T runs lie/);
  assert.equal(learned.summary.length, 3);
  const landscape = (data: typeof blind) => data.sections.find(({ analysis }) => analysis === 'interpolation')!;
  assert.doesNotMatch(landscape(blind).answer, /share one basin/);
  assert.match(landscape(learned).answer, /share one basin/);
  const why =
    /^No P-T or RI-T network on a is above chance \(17\.0 %\), the best reaches 18\.0 % .*: what they share or lose says nothing of what they took over\.$/;
  assert.ok(landscape(blind).cautions.some((caution) => why.test(caution)));
  const frozen = blind.sections.find(({ analysis }) => analysis === 'freezing')!;
  assert.ok(frozen.cautions.some((caution) => /^No P-T network on a is above chance/.test(caution)));
  assert.ok(!landscape(learned).cautions.some((caution) => /above chance/.test(caution)));
});

test('without learning curves levels are those that training recorded, where the target’s chance is known', () => {
  const of = (chances: Record<string, number>, low: number | null = 0.14) => {
    const runs = ['P-T.1', 'RI-T.1', 'RI-T.2'].map((name) => ({ name, role: name.slice(0, -2), target: 'a', seed: 1, metric: 'accuracy' as const, value: 0.18, low, high: 0.22, n: 300 })); // prettier-ignore
    const tables = { distances: [distanceRow({}), distanceRow({ ...SCRATCH, l2: 50 })] };
    const result = { analysis: 'distance', options: {}, ...findings(tables) };
    return collect({ title: 'a', results: [result], runs, chances, comparePaper: true, pictures: {}, provenance: {} as never });
  };
  const blind = of({ a: 0.17 });
  assert.deepEqual(blind.summary, []);
  assert.match(blind.sections[0]!.cautions[0]!, /^No P-T or RI-T network on a is above chance \(17\.0 %\), the best reaches 18\.0 % \(14/);
  assert.deepEqual([...new Set(blind.paper.map(({ verdict }) => verdict))], ['undecided']);
  for (const known of [of({ a: 0.1 }), of({}), of({ b: 0.17 }), of({ a: 0.17 }, null)]) {
    assert.equal(known.summary.length, 1);
    assert.deepEqual([...new Set(known.paper.map(({ verdict }) => verdict))], ['reproduced']);
  }
});

test('where nothing was measured there is no method to tell', () => {
  const section = (tables: Record<string, readonly object[]>) =>
    collect({ title: 'a', results: [{ analysis: 'distance', options: {}, ...findings(tables) }], runs: [], pictures: {}, provenance: {} as never }).sections[0]!; // prettier-ignore
  assert.equal(section({ distances: [] }).method, '');
  assert.notEqual(section({ distances: [distanceRow({})] }).method, '');
});
