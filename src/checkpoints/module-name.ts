import { moduleOfName, withoutLeaf } from '../onnx/imports/module-names.js';
import { listed } from './state-dict.js';

/** Running statistics and counters: kept beside the weights, trained by no gradient. */
export const isBuffer = (name: string): boolean => /(^|\.)(running_mean|running_var|num_batches_tracked)$/.test(name);

type Shapes = ReadonlyMap<string, readonly number[]>;

/** Modules as far as names tell them: a file of weights has no graph. */
export interface NamedModules {
  of(name: string): string;
  /** Which BatchNorms count with another layer, and which stay apart because no name tells theirs. */
  readonly notes: readonly string[];
}

/**
 * The modules of a file's tensors: by name (`moduleOfName`), as in a network's import; a BatchNorm that would be one by itself goes with the layer
 * before it there. Names tell that layer where they differ in the word alone ('bn1' and 'conv1', 'stem.norm' and 'stem.conv') or by one in an index
 * ('features.1' and 'features.0'), and its output has the BatchNorm's size.
 */
export function modulesByName(shapes: Shapes): NamedModules {
  const names = new Map([...shapes.keys()].map((name) => [name, moduleOfName(name)]));
  const weighted = new Set([...shapes].flatMap(([name, dims]) => (dims.length > 1 ? [names.get(name)!] : [])));
  const joined = new Map<string, string>();
  const apart: string[] = [];
  for (const [name, dims] of shapes) {
    const module = names.get(name)!;
    if (!name.endsWith('.running_mean') || weighted.has(module)) continue;
    const layer = layersOf(withoutLeaf(name)).find((each) => makes(shapes.get(`${each}.weight`), dims[0]!));
    if (layer === undefined) apart.push(module);
    else joined.set(module, names.get(`${layer}.weight`)!);
  }
  const pairs = [...joined].map(([norm, layer]) => `${norm} with ${layer}`);
  return {
    of: (name) => joined.get(names.get(name)!) ?? names.get(name) ?? moduleOfName(name),
    notes: [
      ...(pairs.length > 0 ? [`In modules BatchNorms count with their layers: ${listed(pairs)}.`] : []),
      ...(apart.length > 0 ? [`BatchNorms whose layers no name tells are modules of their own: ${listed(apart)}.`] : []),
    ],
  };
}

const NORM = /(batch_?norm|normalization|norm|bn)(?=\d*$)/i;

/** Names of layers that a BatchNorm of this name would follow. */
function layersOf(norm: string): readonly string[] {
  const at = norm.lastIndexOf('.') + 1;
  const [parent, own] = [norm.slice(0, at), norm.slice(at)];
  if (/^\d+$/.test(own)) return [`${parent}${Number(own) - 1}`];
  const words = ['conv', 'convolution', 'linear', 'fc'].map((word) => own.replace(NORM, word));
  return [...words, own.replace(/_(bn|norm)$/i, '')].filter((each) => each !== own).map((each) => parent + each);
}

const makes = (weight: readonly number[] | undefined, size: number): boolean => (weight?.length ?? 0) > 1 && weight![0] === size;
