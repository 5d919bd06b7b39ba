import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gc } from '../../src/store/gc.js';
import type { Store } from '../../src/store/store.js';
import { openStore } from '../../src/store/store.js';
import { temporaryFolder } from '../support/tiny-study.js';

/** Publishes a step with one file. */
async function put(store: Store, id: string, text = 'content'): Promise<void> {
  const draft = await store.begin(id);
  assert.ok(draft);
  await writeFile(join(draft.directory, 'result.txt'), text);
  await draft.publish({ step: { id }, provenance: { host: 'here' } });
}

test('a step is there as a whole or not at all', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const draft = (await store.begin('a'))!;
  await mkdir(join(draft.directory, 'deep'));
  await writeFile(join(draft.directory, 'deep', 'x.bin'), 'x');
  assert.equal(await store.has('a'), false);
  assert.equal(await store.hasPartial('a'), true);
  await draft.publish({ step: { id: 'a', kind: 'test' }, provenance: { host: 'here' } });

  assert.equal(await store.has('a'), true);
  assert.equal(await store.hasPartial('a'), false);
  assert.deepEqual(await store.readJson('a', 'step.json'), { id: 'a', kind: 'test' });
  assert.deepEqual(await store.readJson('a', 'provenance.json'), { host: 'here' });
  assert.equal(await readFile(store.path('a', 'deep', 'x.bin'), 'utf8'), 'x');
  assert.equal(await store.begin('a'), null, 'finished: nothing to do');
  assert.deepEqual(await readdir(join(store.directory, 'locks')), []);
});

test('what an interrupted try left is there for the next, but no half-renamed files', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const first = (await store.begin('a'))!;
  await writeFile(join(first.directory, 'state'), 'half way');
  await writeFile(join(first.directory, 'state.123.tmp'), 'ha');
  await first.release();
  const second = (await store.begin('a'))!;
  assert.deepEqual(await readdir(second.directory), ['state']);
  await second.clear();
  assert.deepEqual(await readdir(second.directory), []);
  await second.release();
});

test('two at once: the second waits, and has nothing left to do', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const draft = (await store.begin('a'))!;
  let waits = 0;
  const second = (await openStore(store.directory)).begin('a', { onWait: ({ pid }) => void (waits += Number(pid === process.pid)) });
  await sleep(300);
  assert.equal(waits, 1);
  await draft.publish({ step: {}, provenance: {} });
  assert.equal(await second, null);
});

test('two at once: when the first gives up, the second goes on', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const draft = (await store.begin('a'))!;
  const second = store.begin('a');
  await draft.release();
  const taken = await second;
  assert.ok(taken);
  assert.ok(await store.holder('a'));
  await draft.release();
  assert.ok(await store.holder('a'), "the first one's second release leaves the second's hold alone");
  await taken.release();
});

test('waiting ends with the signal', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const draft = (await store.begin('a'))!;
  const controller = new AbortController();
  const waiting = store.begin('a', { signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await draft.release();
});

test('checksums find what changed, went and came', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  await put(store, 'a');
  assert.deepEqual(await store.verify('a'), []);
  await appendFile(store.path('a', 'result.txt'), '!');
  await writeFile(store.path('a', 'more.txt'), '');
  await rm(store.path('a', 'step.json'));
  assert.deepEqual(await store.verify('a'), [
    `${store.path('a', 'more.txt')} was added`,
    `${store.path('a', 'result.txt')} has changed`,
    `${store.path('a', 'step.json')} is missing`,
  ]);
});

test('gc deletes what no plan needs, lists it first, and leaves alone what is being worked on', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  for (const id of ['kept', 'old']) await put(store, id, 'x'.repeat(1000));
  for (const id of ['kept-partial', 'old-partial']) {
    const draft = (await store.begin(id))!;
    await writeFile(join(draft.directory, 'state'), '12345');
    await draft.release();
  }
  await writeFile(store.log('old'), 'said');
  const busy = (await store.begin('busy'))!;
  const keep = new Set(['kept', 'kept-partial']);

  const listed = await gc(store, { keep, dryRun: true });
  assert.deepEqual(
    listed.map(({ what, id }) => `${what} ${id}`),
    ['step old', 'partial old-partial', 'log old'],
  );
  assert.ok(listed[0]!.bytes > 1000);
  assert.equal(listed[1]!.bytes, 5);
  assert.equal(await store.has('old'), true, 'a dry run deletes nothing');

  assert.deepEqual(await gc(store, { keep }), listed);
  assert.deepEqual([await store.has('kept'), await store.has('old')], [true, false]);
  assert.deepEqual(await readdir(join(store.directory, 'partial')), ['busy', 'kept-partial']);
  assert.deepEqual(await readdir(join(store.directory, 'trash')), []);
  await busy.release();
});

test('failures and measures', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const failure = { reason: 'threw', message: 'm', log: 'l', at: 'now' };
  assert.equal(await store.failure('a'), undefined);
  await store.setFailure('a', failure);
  assert.deepEqual(await store.failure('a'), failure);
  await put(store, 'a');
  assert.equal(await store.failure('a'), undefined, 'success forgets it');
  await store.setMeasure('m', { ms: 1 });
  assert.deepEqual(await store.measure('m'), { ms: 1 });
});

test('a place that cannot be a store', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(openStore(join(folder, 'file')), {
    name: 'InputError',
    message: /^store: must be a folder that can be written, got .*file/,
  });
});

test('a damaged file is named', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  await put(store, 'a');
  await writeFile(store.path('a', 'result.txt'), '{"rows": [');
  const folder = store.path('a');
  const message = `store: ${join(folder, 'result.txt')} must be as it was written (sha256 in checksums.json), got other bytes; delete ${folder} and run the study again`;
  await assert.rejects(store.readJson('a', 'result.txt'), { name: 'InputError', message });
  await assert.rejects(store.checked('a', 'result.txt'), { name: 'InputError', message });
  await assert.rejects(store.checked('a'), { name: 'InputError', message });
  assert.equal(await store.checked('a', 'step.json'), join(folder, 'step.json'));
  await writeFile(join(folder, 'checksums.json'), '{');
  await assert.rejects(store.readJson('a', 'step.json'), {
    name: 'InputError',
    message: /checksums\.json must be as it was written, got .*; delete /,
  });
});
