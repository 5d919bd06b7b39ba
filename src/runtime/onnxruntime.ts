// The only file that knows onnxruntime-node.
import { env, InferenceSession, Tensor as NativeTensor } from 'onnxruntime-node';
import type { Tensor } from '../tensor/tensor.js';
import { tensor } from '../tensor/tensor.js';

/** Where onnxruntime can compute, in Carryover's words. */
export const PROVIDERS = ['cpu', 'cuda', 'coreml', 'directml', 'webgpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

export type Optimization = 'disabled' | 'all';

/** A session of onnxruntime on plain tensors. Feeds are lent, not copied. */
export interface NativeSession {
  run(feeds: ReadonlyMap<string, Tensor>, outputs: readonly string[]): Promise<Map<string, Tensor>>;
  /** Ends the profile that `profile` began: its file is written. */
  endProfiling(): void;
  release(): Promise<void>;
}

export interface SessionSettings {
  /** 0: onnxruntime's choice. */
  readonly threads: number;
  readonly optimization: Optimization;
  /** Default: cpu. What a provider lacks runs on the CPU. */
  readonly provider?: Provider | undefined;
  /** Threads wait for their next work in a loop (the default): fast in one session, in the way where several take turns. */
  readonly spinning?: boolean | undefined;
  /** Begin of the path of a file to write a profile (Chrome's trace format) to. */
  readonly profile?: string | undefined;
}

/** Opens the bytes of an onnx file. */
export async function openSession(
  model: Uint8Array,
  { threads, optimization, provider = 'cpu', spinning = true, profile }: SessionSettings,
): Promise<NativeSession> {
  // a provider that fails says so in an exception; its libraries would write to stderr besides
  if (provider !== 'cpu') env.logLevel = 'fatal';
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    graphOptimizationLevel: optimization,
    // its plan of one block for all activations comes on top of what the first run allocated: 1.5 times the memory, no faster
    enableMemPattern: false,
    logSeverityLevel: provider === 'cpu' ? 3 : 4,
    ...(provider === 'cpu' ? {} : { executionProviders: [provider === 'directml' ? 'dml' : provider] }),
    ...(spinning ? {} : { extra: { session: { intra_op: { allow_spinning: '0' } } } }),
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  });
  return {
    async run(feeds, outputs) {
      const native: Record<string, NativeTensor> = {};
      for (const [name, { type, data, dims }] of feeds) native[name] = new NativeTensor(type as 'float32', data as Float32Array, dims);
      const results = await session.run(native, [...outputs]);
      return new Map(
        outputs.map((name) => {
          const { type, dims, data } = results[name]!;
          return [name, tensor(type as Tensor['type'], dims, type === 'float16' ? bits(data as Uint16Array) : (data as Tensor['data']))];
        }),
      );
    },
    endProfiling: () => session.endProfiling(),
    release: () => session.release(),
  };
}

/** Newer versions of Node hand float16 out as a Float16Array; ours are raw bits. */
const bits = ({ buffer, byteOffset, length }: Uint16Array): Uint16Array => new Uint16Array(buffer, byteOffset, length);

/** Versions of onnxruntime's native library and of its Node package. */
export function runtimeVersion(): { readonly onnxruntime: string; readonly node: string } {
  return { onnxruntime: env.versions.common, node: env.versions.node ?? '' };
}
