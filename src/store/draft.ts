import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { removeLeftovers } from '../tensor/publish.js';
import { checksumsOf, filesOf } from './checksums.js';
import type { Layout } from './layout.js';
import { CHECKSUMS_FILE, PROVENANCE_FILE, STEP_FILE } from './layout.js';
import type { Lock } from './lock.js';
import { syncFile, syncFolder, writeJson } from './write.js';

/** A step in the making. Only its holder works on it. */
export interface Draft {
  /** `partial/<id>`; may hold what an interrupted try left. */
  readonly directory: string;
  /** Throws away what an interrupted try left. */
  clear(): Promise<void>;
  /** Makes it a finished step, all of it at once, and lets go. */
  publish(about: { readonly step: unknown; readonly provenance: unknown }): Promise<void>;
  /** Lets go and keeps what is there. */
  release(): Promise<void>;
}

export async function openDraft(names: Layout, id: string, lock: Lock): Promise<Draft> {
  const directory = names.partial(id);
  await mkdir(directory, { recursive: true });
  await removeLeftovers(directory);
  return {
    directory,
    async clear() {
      for (const file of await readdir(directory)) await rm(join(directory, file), { recursive: true, force: true });
    },
    async publish({ step, provenance }) {
      await writeJson(join(directory, STEP_FILE), step);
      await writeJson(join(directory, PROVENANCE_FILE), provenance);
      await writeJson(join(directory, CHECKSUMS_FILE), await checksumsOf(directory));
      await flush(directory);
      await rename(directory, names.step(id));
      await syncFolder(names.steps);
      await syncFolder(names.partials);
      await rm(names.failure(id), { force: true });
      await lock.release();
    },
    release: () => lock.release(),
  };
}

/** Everything in a folder reaches the disk before its new name does. */
async function flush(directory: string): Promise<void> {
  const files = await filesOf(directory);
  for (const file of files) await syncFile(join(directory, file));
  for (const folder of new Set(files.map((file) => dirname(join(directory, file))))) await syncFolder(folder);
}
