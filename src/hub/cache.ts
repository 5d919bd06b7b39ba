import { copyFile, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { HubReference } from './reference.js';

/**
 * huggingface_hub's cache of one repository, which other tools share:
 *
 *     models--<owner>--<name>/
 *       refs/<revision>               the commit that a branch or tag was, as text
 *       blobs/<etag>                  files by the Hub's checksum; <etag>.incomplete while they come
 *       snapshots/<commit>/<file>     links to blobs
 */
export interface RepoCache {
  blob(etag: string): string;
  snapshot(commit: string, file: string): string;
  /** Commit that a revision was when last asked; null when never. A commit is itself. */
  commitOf(revision: string): Promise<string | null>;
  remember(revision: string, commit: string): Promise<void>;
  /** Gives a blob its name in a snapshot. */
  link(commit: string, file: string, etag: string): Promise<string>;
}

const COMMIT = /^[0-9a-f]{40}$/;

export function repoCache(cache: string, { repo }: Pick<HubReference, 'repo'>): RepoCache {
  const at = (...parts: string[]) => join(cache, `models--${repo.replace('/', '--')}`, ...parts);
  const blob = (etag: string) => at('blobs', etag);
  const snapshot = (commit: string, file: string) => at('snapshots', commit, ...file.split('/'));
  return {
    blob,
    snapshot,
    async commitOf(revision) {
      if (COMMIT.test(revision)) return revision;
      const text = await readFile(at('refs', ...revision.split('/')), 'utf8').catch(() => '');
      return COMMIT.test(text.trim()) ? text.trim() : null;
    },
    async remember(revision, commit) {
      if (revision === commit) return;
      const path = at('refs', ...revision.split('/'));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, commit);
    },
    async link(commit, file, etag) {
      const path = snapshot(commit, file);
      if (await isThere(path)) return path;
      await mkdir(dirname(path), { recursive: true });
      await symlink(relative(dirname(path), blob(etag)), path).catch(async (error: NodeJS.ErrnoException) => {
        // another process was faster; or Windows, where links need a right
        if (error.code !== 'EEXIST') await copyFile(blob(etag), path);
      });
      return path;
    },
  };
}

export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
