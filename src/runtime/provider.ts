import { InputError } from '../tensor/input-error.js';
import { PROVIDERS } from './onnxruntime.js';
import type { Provider } from './onnxruntime.js';
import { providerAgrees } from './self-test.js';

export { PROVIDERS };
export type { Provider };

/** What a user may ask for; auto: the fastest that works here, else cpu. */
export const PROVIDER_WORDS = [...PROVIDERS, 'auto'] as const;
export type ProviderWord = (typeof PROVIDER_WORDS)[number];

/** What `auto` tries, in this order, before cpu. WebGPU is not among them: where there is no GPU it may run on the CPU, slower. */
const CANDIDATES: readonly Provider[] = ['cuda', 'directml', 'coreml'];

/** What to do when a provider does not work. */
const REMEDIES: Readonly<Record<Exclude<Provider, 'cpu'>, string>> = {
  cuda: 'it needs Linux or Windows on x64, an NVIDIA driver, CUDA 12 with cuDNN 9, and their part of onnxruntime: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node',
  coreml: 'onnxruntime has it on macOS only',
  directml: 'onnxruntime has it on Windows only',
  webgpu: 'it needs a GPU with a driver for Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows)',
};

let current: Provider = 'cpu';

/** Where this process computes, unless a `compile` says otherwise. */
export const currentProvider = (): Provider => current;

export interface Chosen {
  readonly provider: Provider;
  /** Why `auto` fell back to cpu; null otherwise. */
  readonly notice: string | null;
}

/** Fails when a provider is not here, or computes something else than the CPU. */
type Probe = (provider: Provider) => Promise<void>;

/** Makes this process compute on a provider, after trying it with a small network. Throws InputError, with the remedy, when it does not work. */
export async function useProvider(word: ProviderWord): Promise<Chosen> {
  const chosen = await chooseProvider(word);
  current = chosen.provider;
  return chosen;
}

/** The provider behind a word. */
export async function chooseProvider(word: ProviderWord, probe: Probe = providerAgrees): Promise<Chosen> {
  if (word === 'cpu') return { provider: 'cpu', notice: null };
  if (word !== 'auto') {
    await probe(word).catch((error: Error) => {
      throw new InputError(`provider: ${word} must work here (${REMEDIES[word]}), got ${firstLine(error.message)}`, { cause: error });
    });
    return { provider: word, notice: null };
  }
  for (const provider of CANDIDATES) {
    const works = await probe(provider).then(
      () => true,
      () => false,
    );
    if (works) return { provider, notice: null };
  }
  return { provider: 'cpu', notice: `Neither ${CANDIDATES.join(' nor ')} works here: computing on the CPU.` };
}

const firstLine = (text: string): string => text.split('\n')[0]!.slice(0, 200);
