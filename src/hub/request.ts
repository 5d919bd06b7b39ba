import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../tensor/input-error.js';
import type { HubReference } from './reference.js';
import type { HubSettings } from './settings.js';

/** The Hub could not be reached, or cut the connection, as often as we tried. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export const MOST_TRIES = 5;
const MOST_REDIRECTS = 5;
/** Longest wait that a server may ask for. */
const LONGEST_WAIT_MS = 60_000;
/** Until headers come. */
const PATIENCE_MS = 30_000;

export interface Ask {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** Absolute redirects lead to where large files lie; a HEAD's answer to them is what we want to know. */
  readonly stopAtRedirect?: boolean;
}

/**
 * Asks the Hub. Waits and tries again when it is busy (429 with Retry-After, 5xx) or the connection breaks. The token is sent to the Hub's own
 * host only. Throws InputError for what trying again does not mend (401, 403, 404), Unreachable for the rest.
 */
export async function ask(path: string, of: HubReference, settings: HubSettings, options: Ask = {}): Promise<Response> {
  let last = '';
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (tries > 0) await sleep(settings.retryMs * 2 ** (tries - 1));
    const answer = await follow(new URL(path, `${settings.endpoint}/`), settings, options).catch((error: Error) => error);
    if (answer instanceof Error) {
      if (answer instanceof InputError) throw answer;
      last = (answer.cause as Error | undefined)?.message ?? answer.message;
      continue;
    }
    if (answer.status < 400) return answer;
    await answer.body?.cancel();
    if (answer.status !== 429 && answer.status < 500 && answer.status !== 408) throw refusal(answer, of, settings);
    last = `status ${answer.status}`;
    await sleep(Math.min(LONGEST_WAIT_MS, waitOf(answer)));
  }
  throw new Unreachable(`${settings.endpoint} did not answer ${MOST_TRIES} tries for ${of.repo} (${last})`);
}

async function follow(
  url: URL,
  { endpoint, token }: HubSettings,
  { method = 'GET', headers = {}, stopAtRedirect = false }: Ask,
): Promise<Response> {
  const own = new URL(endpoint).host;
  let at = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const credentials = token !== null && at.host === own ? { authorization: `Bearer ${token}` } : {};
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    const answer = await fetch(at, {
      method,
      redirect: 'manual',
      // lengths and ranges must be those of the file
      headers: { 'accept-encoding': 'identity', 'user-agent': 'carryover', ...headers, ...credentials },
      signal: controller.signal,
    }).finally(() => clearTimeout(timer));
    const location = answer.headers.get('location');
    if (answer.status < 300 || answer.status >= 400 || location === null) return answer;
    const next = new URL(location, at);
    if (stopAtRedirect && next.host !== own) return answer;
    if (next.protocol !== 'https:' && next.protocol !== at.protocol)
      throw new InputError(`hub: a redirect must not leave ${at.protocol}//, got ${next.protocol}//${next.host}`);
    await answer.body?.cancel();
    at = next;
  }
  throw new InputError(`hub: must answer within ${MOST_REDIRECTS} redirects, got more for ${url.pathname}`);
}

/** Seconds, or a date. */
function waitOf({ headers }: Response): number {
  const asked = headers.get('retry-after');
  if (asked === null) return 0;
  const ms = /^\d+$/.test(asked) ? 1000 * Number(asked) : Date.parse(asked) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

function refusal({ status, headers }: Response, { repo, revision, file }: HubReference, { endpoint, token }: HubSettings): InputError {
  const code = headers.get('x-error-code');
  const name = `hf:${repo}@${revision}`;
  const login = token === null ? 'set HF_TOKEN, or log in with huggingface-cli' : 'the token that was sent does not open it';
  if (status === 403 || code === 'GatedRepo')
    return new InputError(`${name}: must be open to you (accept its terms on ${endpoint}/${repo}; ${login}), got status ${status}`);
  if (status === 401) return new InputError(`${name}: must exist and be open to you (${login}), got status 401`);
  if (code === 'EntryNotFound') return new InputError(`${name}: must hold ${file ?? 'the file'}, got no such file`);
  if (code === 'RevisionNotFound') return new InputError(`${name}: must be a branch, tag or commit, got no such revision`);
  if (status === 404) return new InputError(`${name}: must be a model on ${endpoint}, got status 404 (${file ?? 'no such repository'})`);
  return new InputError(`${name}: must be given by ${endpoint}, got status ${status}`);
}
