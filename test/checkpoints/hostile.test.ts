// Files that were made to do harm: nothing runs, memory stays bounded, the message names file, rule and value.
import assert from 'node:assert/strict';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCheckpoint, readCheckpointBytes } from '../../src/checkpoints/read.js';
import { InputError } from '../../src/tensor/input-error.js';
import { temporaryFolder } from '../support/tiny-study.js';
import { HARMLESS, HOSTILE, MARKER } from './hostile.js';

/** Bytes outside of V8's heap that reading a hostile file may leave or take; its arrays are there. */
const MOST_BYTES = 2 ** 28;

for (const { name, bytes, message } of HOSTILE) {
  test(`${name} is refused`, async () => {
    const before = process.memoryUsage().arrayBuffers;
    await assert.rejects(readCheckpointBytes(bytes, name), (error: Error) => {
      assert.ok(error instanceof InputError, error.stack);
      assert.ok(error.message.startsWith(`${name}: `), error.message);
      assert.match(error.message, message);
      assert.ok(error.message.length < 600, 'a message that can be read');
      return true;
    });
    assert.ok(process.memoryUsage().arrayBuffers - before < MOST_BYTES);
  });
}

for (const { name, bytes } of HARMLESS) {
  test(`${name} is read: the forger's tools make whole files`, async () => {
    const { tensors } = await readCheckpointBytes(bytes, name);
    assert.equal(tensors.size, 1);
  });
}

test('the same from a file: nothing is run, in this process or a shell', async (t) => {
  const folder = await temporaryFolder(t);
  const before = process.cwd();
  process.chdir(folder);
  t.after(() => process.chdir(before));
  for (const { name, bytes, message } of HOSTILE) {
    const path = join(folder, name);
    await writeFile(path, bytes);
    await assert.rejects(readCheckpoint(path), message);
  }
  await assert.rejects(access(join(folder, MARKER)), { code: 'ENOENT' });
});
