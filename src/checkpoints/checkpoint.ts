import type { Source } from './source.js';
import type { StoredTensor } from './stored-tensor.js';

export type Format = 'safetensors' | 'pth' | 'npz' | 'npy' | 'onnx';

/** What a checkpoint holds, before its tensors are read. */
export interface Contents {
  readonly format: Format;
  /** By name, in the file's order. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  /** What was left out, stripped or changed, in words for the reader. */
  readonly notes: readonly string[];
}

/** An open checkpoint; `close` frees its files. */
export interface Checkpoint extends Contents {
  /** Path as it was given. */
  readonly path: string;
  /** Of all its files together. */
  readonly bytes: number;
  close(): Promise<void>;
}

/** Reads the table of contents of one format. */
export type Reader = (source: Source) => Promise<Contents>;
