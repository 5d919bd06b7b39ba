import { gradient } from '../autodiff/gradient.js';
import { ownClasses } from '../models/onnx.js';
import { buildNetwork } from '../models/networks.js';
import { inferShapes } from '../onnx/shapes/infer.js';
import { InputError } from '../tensor/input-error.js';
import { sizeOf } from '../tensor/tensor.js';
import { withLoss } from '../train/losses.js';

/** What `carryover inspect --input` tells about an .onnx file as a study's network. */
export interface NetworkSummary {
  readonly input: string;
  readonly classes: number;
  readonly modules: readonly {
    readonly name: string;
    /** Numbers in its parameters. */
    readonly parameters: number;
    /** Numbers in its running statistics. */
    readonly buffers: number;
    /** Shape of what leaves it, for one image. */
    readonly output: readonly number[];
  }[];
  /** What its file was changed in. */
  readonly notes: readonly string[];
  /** Why it cannot be trained; null: it can. */
  readonly untrainable: string | null;
}

/** Imports a file for images 'CxHxW'. Throws InputError where it cannot be a network. */
export function networkSummary(
  file: string,
  { input, modules }: { readonly input: string; readonly modules: string | null },
): NetworkSummary {
  const spec = { architecture: 'onnx', file, input, modules };
  const [channels, height, width] = input.split('x').map(Number) as [number, number, number];
  const shape = { batch: 1, channels, height, width };
  const network = buildNetwork(spec, { ...shape, classes: ownClasses(spec, shape) });
  const values = inferShapes(network.graph);
  const numbers = (names: readonly string[]) => names.reduce((sum, name) => sum + sizeOf(values.get(name)!.dims), 0);
  return {
    input,
    classes: network.shape.classes,
    modules: network.modules.map((each) => ({
      name: each.name,
      parameters: numbers(each.parameters),
      buffers: numbers(each.buffers),
      output: values.get(each.output)!.dims,
    })),
    notes: network.notes ?? [],
    untrainable: refusal(() => gradient(withLoss(network.graph, 'cross-entropy'), { of: 'loss', wrt: network.parameters })),
  };
}

function refusal(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
