import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RULES } from '../../src/autodiff/rules.js';
import { CASES } from './cases.js';
import { checkGradient } from './check-gradient.js';

test('every rule has a case, every case a rule', () => {
  const ruled = [...RULES].filter(([, rule]) => rule !== null).map(([op]) => op);
  assert.deepEqual(Object.keys(CASES).sort(), ruled.sort());
  for (const [op, cases] of Object.entries(CASES)) assert.ok(cases.length > 0, op);
});

for (const [op, cases] of Object.entries(CASES)) {
  test(`${op}: the rule agrees with differences`, async () => {
    for (const one of cases) await checkGradient(one);
  });
}
