import { InputError } from '../tensor/input-error.js';

/** A file, or the weights, of a model repository on a Hub. */
export interface HubReference {
  /** 'timm/resnet18.a1_in1k' */
  readonly repo: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** null: the weights are looked for. */
  readonly file: string | null;
}

export const isHubReference = (text: string): boolean => text.startsWith('hf:');

/** `hf:owner/name`, `hf:owner/name@revision`, `hf:owner/name@revision#folder/file`. Throws InputError for every other form. */
export function parseReference(text: string): HubReference {
  const [, repo, revision = 'main', file = null] = /^hf:([\w.-]+(?:\/[\w.-]+)?)(?:@([\w.-]+(?:\/[\w.-]+)*))?(?:#(.+))?$/.exec(text) ?? [];
  const parts = [repo, revision, file].flatMap((each) => each?.split(/[/\\]/) ?? []);
  // these become folders of the cache
  if (repo === undefined || repo.includes('--') || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new InputError(`checkpoint: must be hf:owner/name, with @revision and #file if need be, got ${text}`);
  return { repo, revision, file };
}
