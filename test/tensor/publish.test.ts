import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { InputError } from '../../src/tensor/input-error.js';
import { publish } from '../../src/tensor/publish.js';

test('publish: the whole new file, or the old one and nothing beside it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'carryover-publish-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'a.json');
  await publish(path, (file) => file.writeFile('old'));
  const broken = publish(path, async (file) => {
    await file.writeFile('half of the n');
    throw new Error('out of ideas');
  });
  await assert.rejects(broken, /^Error: out of ideas$/);
  assert.equal(await readFile(path, 'utf8'), 'old');
  await publish(path, (file) => file.writeFile('new'));
  assert.equal(await readFile(path, 'utf8'), 'new');
  assert.deepEqual(await readdir(directory), ['a.json']);
});

test('publish: what the system refuses is the user’s to mend, and names the file', async () => {
  const path = join(tmpdir(), 'carryover-no-such-folder', 'a.json');
  await assert.rejects(
    publish(path, (file) => file.writeFile('')),
    (error: Error) => error instanceof InputError && error.message.startsWith(`${path}: cannot be written: ENOENT`),
  );
});
