import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../tensor/input-error.js';
import type { RepoCache } from './cache.js';
import { isThere } from './cache.js';
import type { HubReference } from './reference.js';
import { ask, MOST_TRIES, Unreachable } from './request.js';
import type { HubSettings } from './settings.js';

/** What the Hub says of a file before it is fetched. */
interface Announced {
  readonly commit: string;
  /** sha256 of a large file, git's sha1 of a small one. */
  readonly etag: string;
  readonly size: number | null;
}

/**
 * A file of a repository, in the cache: fetched when it is not there, gone on with where an earlier try stopped, and compared with the Hub's
 * checksum before it gets its name. Returns its path in the snapshot of the commit.
 * Throws InputError when the Hub refuses, or the bytes are not those that it announced; Unreachable when it does not answer.
 */
export async function fetchFile(of: HubReference & { readonly file: string }, cache: RepoCache, settings: HubSettings): Promise<string> {
  const announced = await announce(of, settings);
  const { commit, etag } = announced;
  if (!(await isThere(cache.blob(etag)))) await fetchBlob(of, announced, cache.blob(etag), settings);
  await cache.remember(of.revision, commit);
  return cache.link(commit, of.file, etag);
}

const pathOf = ({ repo, file }: HubReference & { readonly file: string }, revision: string): string =>
  `${repo}/resolve/${encodeURIComponent(revision)}/${file.split('/').map(encodeURIComponent).join('/')}`;

async function announce(of: HubReference & { readonly file: string }, settings: HubSettings): Promise<Announced> {
  const { headers } = await ask(pathOf(of, of.revision), of, settings, { method: 'HEAD', stopAtRedirect: true });
  const commit = headers.get('x-repo-commit') ?? '';
  const etag = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '').replace(/^W\//, '').replaceAll('"', '');
  const size = headers.get('x-linked-size') ?? headers.get('content-length');
  if (!/^[0-9a-f]{40}$/.test(commit) || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag))
    throw new InputError(
      `hf:${of.repo}: the Hub must name a commit and a checksum of ${of.file}, got ${commit || 'no commit'}, ${etag.slice(0, 80) || 'no etag'}`,
    );
  return { commit, etag, size: size === null ? null : Number(size) };
}

async function fetchBlob(
  of: HubReference & { readonly file: string },
  { commit, etag, size }: Announced,
  blob: string,
  settings: HubSettings,
) {
  const incomplete = `${blob}.incomplete`;
  await mkdir(dirname(blob), { recursive: true });
  let last = '';
  for (let tries = 0; ; tries++) {
    if (tries === MOST_TRIES)
      throw new Unreachable(`${settings.endpoint} broke off ${of.file} of ${of.repo} ${MOST_TRIES} times (${last}); what came is kept`);
    if (tries > 0) await sleep(settings.retryMs * 2 ** (tries - 1));
    try {
      await fetchRest(of, commit, incomplete, settings);
    } catch (error) {
      if (error instanceof InputError || error instanceof Unreachable || (error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
      last = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
      continue;
    }
    const there = (await stat(incomplete)).size;
    if (size === null || there >= size) break;
    last = `${there} of ${size} bytes`;
  }
  await verify(incomplete, etag, size, of);
  await rename(incomplete, blob);
}

/** Appends what is missing. A server that does not know ranges sends the whole again. */
async function fetchRest(
  of: HubReference & { readonly file: string },
  commit: string,
  incomplete: string,
  settings: HubSettings,
): Promise<void> {
  const have = await stat(incomplete).then(
    ({ size }) => size,
    () => 0,
  );
  const answer = await ask(pathOf(of, commit), of, settings, { headers: have > 0 ? { range: `bytes=${have}-` } : {} }).catch(
    (error: Error) => {
      // the file is whole already: there is nothing after its last byte
      if (error instanceof InputError && have > 0 && error.message.endsWith('status 416')) return null;
      throw error;
    },
  );
  if (answer === null) return;
  const begins = /^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '')?.[1];
  const goesOn = answer.status === 206 && Number(begins) === have;
  if (answer.status === 206 && !goesOn) {
    await answer.body?.cancel();
    throw new InputError(
      `hf:${of.repo}: the Hub must send ${of.file} from byte ${have}, got ${answer.headers.get('content-range') ?? 'no range'}`,
    );
  }
  const file = await open(incomplete, goesOn ? 'a' : 'w');
  try {
    for await (const piece of answer.body!) await file.writeFile(piece as Uint8Array);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** 64 digits: sha256 of the bytes; 40: git's sha1 of `blob <size>\0` and the bytes. */
async function verify(path: string, etag: string, announced: number | null, { repo, file }: HubReference): Promise<void> {
  const { size } = await stat(path);
  const hash = etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
  await pipeline(createReadStream(path), hash);
  const found = hash.digest('hex');
  if (found === etag && (announced === null || announced === size)) return;
  await rm(path);
  throw new InputError(
    `hf:${repo}: ${file} must have the checksum ${etag} that the Hub announced, got ${found} (${size} bytes); what came was removed`,
  );
}
