import type { Format } from '../checkpoints/checkpoint.js';
import { modulesByName } from '../checkpoints/module-name.js';
import { shapesOf } from '../checkpoints/stored-tensor.js';
import type { Tensor } from '../tensor/tensor.js';
import type { NetworkSummary } from './network-summary.js';
import type { Statistics } from './statistics.js';
import { statistics } from './statistics.js';

/** What `carryover inspect` tells about a file; printed as it is with --json. */
export interface Inspection {
  readonly file: string;
  readonly format: Format;
  readonly bytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** What reading left out or changed. */
  readonly notes: readonly string[];
  /** Number of elements over all parameters. */
  readonly parameters: number;
  readonly modules: readonly { readonly name: string; readonly tensors: number; readonly parameters: number }[];
  readonly tensors: readonly (Statistics & { readonly name: string; readonly type: string; readonly dims: readonly number[] })[];
  /** ONNX only: what goes in, what comes out, and how often each op is used. */
  readonly graph: GraphSummary | null;
  /** ONNX with --input only: the file as a study's network. */
  readonly network: NetworkSummary | null;
}

export interface GraphSummary {
  readonly name: string;
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly dims: readonly (number | string)[] }[];
  readonly outputs: readonly { readonly name: string; readonly type: string; readonly dims: readonly (number | string)[] }[];
  readonly ops: Readonly<Record<string, number>>;
}

export function inspection(
  tensors: ReadonlyMap<string, Tensor>,
  about: Pick<Inspection, 'file' | 'format' | 'bytes' | 'metadata' | 'notes' | 'graph' | 'network'>,
): Inspection {
  const rows = [...tensors].map(([name, tensor]) => ({ name, type: tensor.type, dims: tensor.dims, ...statistics(tensor) }));
  const named = modulesByName(shapesOf(tensors));
  const modules = new Map<string, { name: string; tensors: number; parameters: number }>();
  for (const { name, count } of rows) {
    const key = named.of(name);
    const entry = modules.get(key) ?? { name: key, tensors: 0, parameters: 0 };
    modules.set(key, { name: key, tensors: entry.tensors + 1, parameters: entry.parameters + count });
  }
  const notes = [...about.notes, ...(about.network ? [] : named.notes)];
  return { ...about, notes, parameters: rows.reduce((sum, { count }) => sum + count, 0), modules: [...modules.values()], tensors: rows };
}
