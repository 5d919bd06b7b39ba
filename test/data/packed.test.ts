import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { openPacked, writePacked } from '../../src/data/packed.js';
import { toyDataset } from './toy.js';

function temporary(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'carryover-packed-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('what is opened is what was written, in memory that threads share', async (t) => {
  const dataset = {
    ...toyDataset({ counts: { train: 4, val: 0, test: 3 } }),
    skipped: [{ file: 'a/x.txt', reason: 'is empty' }],
    remarks: ['class a has 1 training image'],
    licence: 'MIT',
  };
  const folder = join(temporary(t), 'new', 'folder');
  await writePacked(dataset, folder);
  const opened = await openPacked(folder);
  assert.deepEqual(opened, { ...dataset, splits: opened.splits });
  for (const split of ['train', 'val', 'test'] as const) {
    assert.deepEqual(opened.splits[split].ids, dataset.splits[split].ids);
    assert.deepEqual(opened.splits[split].labels, dataset.splits[split].labels);
    assert.deepEqual([...opened.splits[split].pixels], [...dataset.splits[split].pixels]);
    assert.ok(opened.splits[split].pixels.buffer instanceof SharedArrayBuffer);
  }
});

test('files that are cut short, missing or of another version are refused by name', async (t) => {
  const folder = temporary(t);
  const rewritten = async (break_: () => void, message: RegExp) => {
    await writePacked(toyDataset(), folder);
    break_();
    await assert.rejects(openPacked(folder), { name: 'InputError', message });
  };
  await rewritten(() => truncateSync(join(folder, 'train.u8'), 100), /train\.u8: must have 2880 bytes, got 100$/);
  await rewritten(() => rmSync(join(folder, 'val.u8')), /val\.u8: must be readable, got ENOENT$/);
  await rewritten(
    () => truncateSync(join(folder, 'dataset.json'), 50),
    /dataset\.json: must be complete JSON, got 50 characters that end with/,
  );
  const description = () => readFileSync(join(folder, 'dataset.json'), 'utf8');
  await rewritten(
    () => writeFileSync(join(folder, 'dataset.json'), description().replace('"version":1', '"version":2')),
    /version must be 1, got 2$/,
  );
});
