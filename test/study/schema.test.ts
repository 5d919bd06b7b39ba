import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkRecipe, studyJsonSchema } from '../../src/study/schema.js';
import { parseYaml } from '../../src/study/yaml.js';

test('schema/study.schema.json is what the schema says (node dist/scripts/schema.js writes it)', () => {
  const written = JSON.parse(readFileSync(new URL('../../../schema/study.schema.json', import.meta.url), 'utf8')) as unknown;
  assert.deepEqual(written, JSON.parse(JSON.stringify(studyJsonSchema())));
});

test('schedules are written as docs/study.md writes them', () => {
  const docs = readFileSync(new URL('../../../docs/study.md', import.meta.url), 'utf8');
  const forms = /^\| `schedule` .*$/m.exec(docs)![0].match(/\{ name: [^}]*\}/g)!;
  assert.deepEqual(forms.map((form) => /name: ([\w-]+)/.exec(form)![1]), ['cosine', 'constant', 'multi-step']); // prettier-ignore
  for (const form of forms) assert.deepEqual(checkRecipe({ schedule: parseYaml(form).value }), [], form);
  assert.notDeepEqual(checkRecipe({ warmup: 0.1 }), [], 'warmup belongs to the schedule');
});
