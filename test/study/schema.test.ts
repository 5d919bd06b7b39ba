import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { studyJsonSchema } from '../../src/study/schema.js';

test('schema/study.schema.json is what the schema says (node dist/scripts/schema.js writes it)', () => {
  const written = JSON.parse(readFileSync(new URL('../../../schema/study.schema.json', import.meta.url), 'utf8')) as unknown;
  assert.deepEqual(written, JSON.parse(JSON.stringify(studyJsonSchema())));
});
