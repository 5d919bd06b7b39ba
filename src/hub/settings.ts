import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the Hub is, where its files are kept and who asks: from the environment variables that huggingface_hub reads. */
export interface HubSettings {
  readonly endpoint: string;
  readonly cache: string;
  readonly token: string | null;
  /** Nothing is asked; only what the cache holds is used. */
  readonly offline: boolean;
  /** Before the first further try; doubled each time. */
  readonly retryMs: number;
}

/** HF_ENDPOINT, HF_HUB_CACHE or HF_HOME, HF_TOKEN or the token file, HF_HUB_OFFLINE. */
export async function hubSettings(env: NodeJS.ProcessEnv = process.env): Promise<HubSettings> {
  const home = env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface');
  const tokenFile = env['HF_TOKEN_PATH'] ?? join(home, 'token');
  const token = env['HF_TOKEN'] ?? (await readFile(tokenFile, 'utf8').catch(() => ''));
  return {
    endpoint: (env['HF_ENDPOINT'] ?? 'https://huggingface.co').replace(/\/+$/, ''),
    cache: env['HF_HUB_CACHE'] ?? join(home, 'hub'),
    token: token.trim() || null,
    offline: /^(1|true|yes|on)$/i.test(env['HF_HUB_OFFLINE'] ?? ''),
    retryMs: 500,
  };
}
