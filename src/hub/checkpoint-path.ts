import { readFile } from 'node:fs/promises';
import { InputError } from '../tensor/input-error.js';
import type { RepoCache } from './cache.js';
import { isThere, repoCache } from './cache.js';
import { fetchFile } from './download.js';
import type { HubReference } from './reference.js';
import { isHubReference, parseReference } from './reference.js';
import { ask, Unreachable } from './request.js';
import type { HubSettings } from './settings.js';
import { hubSettings } from './settings.js';

/** Weights of a repository, best first. */
const PREFERRED = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'];
const ENDINGS = ['.safetensors', '.pth', '.pt'];

/**
 * The file behind a checkpoint as a user names it: a path is itself; `hf:owner/name@revision#file` is fetched into huggingface_hub's cache
 * first (with the files that an index of shards names). Without network, or with HF_HUB_OFFLINE, the cache's last answer counts.
 * Throws InputError when there is none, and for what the Hub refuses.
 */
export async function checkpointPath(text: string, given?: HubSettings): Promise<string> {
  if (!isHubReference(text)) return text;
  const settings = given ?? (await hubSettings());
  const reference = parseReference(text);
  const cache = repoCache(settings.cache, reference);
  if (settings.offline) return cached(reference, cache, settings, 'HF_HUB_OFFLINE is set');
  try {
    return await fetched(reference, cache, settings);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return cached(reference, cache, settings, error.message);
  }
}

async function fetched(reference: HubReference, cache: RepoCache, settings: HubSettings): Promise<string> {
  const file = reference.file ?? (await chooseFile(reference, settings));
  const path = await fetchFile({ ...reference, file }, cache, settings);
  // one commit for all: the branch may move meanwhile
  const revision = (await cache.commitOf(reference.revision))!;
  for (const shard of await shardsOf(path, file)) await fetchFile({ ...reference, revision, file: shard }, cache, settings);
  return path;
}

async function chooseFile(reference: HubReference, settings: HubSettings): Promise<string> {
  const { repo, revision } = reference;
  const answer = await ask(`api/models/${repo}/revision/${encodeURIComponent(revision)}`, reference, settings);
  const { siblings = [] } = (await answer.json()) as { siblings?: { rfilename?: unknown }[] };
  const files = siblings.flatMap(({ rfilename }) => (typeof rfilename === 'string' ? [rfilename] : []));
  const preferred = PREFERRED.find((name) => files.includes(name));
  if (preferred !== undefined) return preferred;
  const weights = files.filter((name) => ENDINGS.some((ending) => name.endsWith(ending)));
  if (weights.length === 1) return weights[0]!;
  const got = weights.length > 0 ? weights.slice(0, 12).join(', ') : `none among ${files.length} files`;
  throw new InputError(`hf:${repo}@${revision}: must hold one file of weights (name it: hf:${repo}@${revision}#<file>), got ${got}`);
}

/** Files beside an index of shards; none for any other file. */
async function shardsOf(path: string, file: string): Promise<string[]> {
  if (!file.endsWith('.index.json')) return [];
  const folder = file.slice(0, file.lastIndexOf('/') + 1);
  const { weight_map: map = {} } = JSON.parse(await readFile(path, 'utf8')) as { weight_map?: Record<string, unknown> };
  const names = [...new Set(Object.values(map))].filter((name): name is string => typeof name === 'string' && /^[\w.-]+$/.test(name));
  return names.sort().map((name) => `${folder}${name}`);
}

async function cached(reference: HubReference, cache: RepoCache, { cache: folder }: HubSettings, why: string): Promise<string> {
  const { repo, revision, file } = reference;
  const commit = await cache.commitOf(revision);
  const candidates = file === null ? [...PREFERRED, ...ENDINGS.map((ending) => `model${ending}`)] : [file];
  for (const name of commit === null ? [] : candidates) {
    const path = cache.snapshot(commit!, name);
    if (await isThere(path)) return path;
  }
  throw new InputError(`hf:${repo}@${revision}: must be in the cache ${folder} (${why}), got no ${file ?? 'weights'} of it there`);
}
