import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { canonical, identityOf, withoutDefaults } from '../../src/study/identity.js';

test('canonical JSON: keys sorted at every depth, no blanks, nothing undefined', () => {
  assert.equal(canonical({ b: [1, { d: null, c: 'ä"' }], a: true, e: undefined }), '{"a":true,"b":[1,{"c":"ä\\"","d":null}]}');
  assert.equal(canonical({ 10: 1, 9: 2 }), '{"10":1,"9":2}', 'sorted as text');
  assert.throws(() => canonical({ a: NaN }), /internal: identity: a value must be JSON, got NaN/);
});

test('an identity is the beginning of sha256 over the canonical JSON', () => {
  const asked = { kind: 'data', version: 1, asked: { dataset: 'emoji' }, inputs: {} };
  const text = '{"asked":{"dataset":"emoji"},"inputs":{},"kind":"data","version":1}';
  assert.equal(identityOf(asked), createHash('sha256').update(text).digest('hex').slice(0, 16));
  assert.notEqual(identityOf({ ...asked, version: 2 }), identityOf(asked));
});

test('defaults are left out, so that a new option with a default changes nothing', () => {
  assert.deepEqual(withoutDefaults({ a: 1, b: [1, 2], c: 3 }, { a: 1, b: [1, 2], c: 4 }), { c: 3 });
  assert.deepEqual(withoutDefaults({ a: 1, added: 'x' }, { a: 2, added: 'x' }), withoutDefaults({ a: 1 }, { a: 2 }));
  assert.deepEqual(withoutDefaults({ a: null }, { b: null }), { a: null }, 'only a default that exists');
});
