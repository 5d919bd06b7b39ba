import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { filesOf } from './checksums.js';
import { layout } from './layout.js';
import { isLock, tryLock } from './lock.js';
import { plansIn } from './plans.js';
import type { Store } from './store.js';
import { readJson, syncFolder } from './write.js';

export interface Garbage {
  readonly id: string;
  readonly what: 'step' | 'partial' | 'log' | 'failure' | 'plan' | 'trash';
  readonly path: string;
  readonly bytes: number;
}

export interface GcOptions {
  /** Steps that plans need: these and what was begun of them stay. */
  readonly keep: ReadonlySet<string>;
  /** Only list. */
  readonly dryRun?: boolean;
}

/** Deletes what no plan needs, except what a living process works on. A step leaves by rename first: never half of it is there. */
export async function gc(store: Store, { keep, dryRun = false }: GcOptions): Promise<Garbage[]> {
  const names = layout(store.directory);
  const found: Garbage[] = [];
  const places = [
    // first: what goes there from here on is listed already
    ['trash', names.trash],
    ['step', names.steps],
    ['partial', names.partials],
    ['log', names.logs],
    ['failure', names.failures],
  ] as const;
  for (const [what, folder] of places) {
    for (const name of (await readdir(folder)).sort()) {
      const id = name.replace(/\.(log|json)$/, '');
      if (what !== 'trash' && keep.has(id)) continue;
      const garbage = { id, what, path: join(folder, name), bytes: await sizeOf(join(folder, name)) };
      if (dryRun ? await isFree(store, id) : await remove(garbage, names.trash, names.lock(id))) found.push(garbage);
    }
  }
  for (const { name, path } of await plansIn(names.plans)) {
    if (!(await isSuperseded(path, keep, store))) continue;
    found.push({ id: name, what: 'plan', path, bytes: await sizeOf(path) });
    if (!dryRun) await rm(path, { force: true });
  }
  if (!dryRun) for (const name of await readdir(names.trash)) await rm(join(names.trash, name), { recursive: true, force: true });
  return found;
}

/** A plan with steps that nobody keeps, none of which is being worked on. */
async function isSuperseded(path: string, keep: ReadonlySet<string>, store: Store): Promise<boolean> {
  const { steps } = await readJson<{ readonly steps: readonly { readonly id: string }[] }>(path).catch(() => ({ steps: [] }));
  if (steps.every(({ id }) => keep.has(id))) return false;
  return (await Promise.all(steps.map(({ id }) => isFree(store, id)))).every(Boolean);
}

const isFree = async (store: Store, id: string): Promise<boolean> => (await store.holder(id)) === undefined;

/** False when a living process has it in hand. */
async function remove({ path, what }: Garbage, trash: string, lockPath: string): Promise<boolean> {
  if (what === 'trash') return true;
  const lock = await tryLock(lockPath);
  if (!isLock(lock)) return false;
  try {
    await rename(path, join(trash, `${what}-${basename(path)}-${process.pid}`));
    await syncFolder(trash);
    return true;
  } finally {
    await lock.release();
  }
}

async function sizeOf(path: string): Promise<number> {
  const about = await stat(path);
  if (!about.isDirectory()) return about.size;
  const sizes = await Promise.all((await filesOf(path)).map(async (file) => (await stat(join(path, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
