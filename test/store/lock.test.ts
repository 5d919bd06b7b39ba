import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isLock, lockHolder, tryLock } from '../../src/store/lock.js';
import { temporaryFolder } from '../support/tiny-study.js';

const LOCK = fileURLToPath(new URL('../../src/store/lock.js', import.meta.url));

/** A process that takes the lock, says so, and sits there. */
async function holderProcess(path: string) {
  const script = `const { tryLock } = await import(${JSON.stringify(LOCK)});
    const lock = await tryLock(${JSON.stringify(path)});
    process.stdout.write('release' in lock ? 'held' : 'refused');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: said.toString() };
}

test('one holder at a time, told by its process', async (t) => {
  const path = join(await temporaryFolder(t), 'a.json');
  const { child, said } = await holderProcess(path);
  t.after(() => child.kill('SIGKILL'));
  assert.equal(said, 'held');
  const refused = await tryLock(path);
  assert.ok(!isLock(refused));
  assert.equal(refused.pid, child.pid);
  assert.equal((await lockHolder(path))?.pid, child.pid);
});

test('a killed holder is no holder, also while its parent has not asked for its end', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'a.json');
  const { child } = await holderProcess(path);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(await lockHolder(path), undefined);
  const lock = await tryLock(path);
  assert.ok(isLock(lock));
  await lock.release();
  assert.deepEqual(await readdir(folder), []);
});

test(
  "another process with the dead holder's id does not keep the lock",
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async (t) => {
    const path = join(await temporaryFolder(t), 'a.json');
    await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname(), began: 'another boot 1', hold: 0 }));
    assert.ok(isLock(await tryLock(path)));
  },
);

test('a holder on another host counts until it was silent for ten minutes', async (t) => {
  const path = join(await temporaryFolder(t), 'a.json');
  await writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere', began: null, hold: 0 }));
  assert.equal((await lockHolder(path))?.host, 'elsewhere');
  const long = new Date(Date.now() - 11 * 60_000);
  await utimes(path, long, long);
  assert.ok(isLock(await tryLock(path)));
});

test('a lock file with half its content is nobody', async (t) => {
  const path = join(await temporaryFolder(t), 'a.json');
  await writeFile(path, '{"pid": 1, "ho');
  assert.ok(isLock(await tryLock(path)));
});

test('many who find a dead lock: one gets it', async (t) => {
  const path = join(await temporaryFolder(t), 'a.json');
  await writeFile(path, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), began: 'x', hold: 0 }));
  const taken = await Promise.all(Array.from({ length: 20 }, () => tryLock(path)));
  assert.equal(taken.filter(isLock).length, 1);
  assert.equal((JSON.parse(await readFile(path, 'utf8')) as { pid: number }).pid, process.pid);
});
