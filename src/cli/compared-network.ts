import { architectures } from '../models/networks.js';
import type { NetworkSpec } from '../models/network.js';
import { parseYaml } from '../study/yaml.js';
import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';

/** Words for published forms; the number is a depth. */
const FORMS: readonly { readonly pattern: RegExp; readonly spec: (found: string) => NetworkSpec }[] = [
  { pattern: /^resnet-?(\d+)$/, spec: (depth) => ({ architecture: 'resnet', depth: Number(depth) }) },
  { pattern: /^fixup-resnet-?(\d+)$/, spec: (depth) => ({ architecture: 'fixup-resnet', depth: Number(depth) }) },
  { pattern: /^vit-(tiny|small|base)$/, spec: (size) => ({ architecture: 'vit', size }) },
];
const EXAMPLES = ['resnet18', 'resnet50', 'vit-tiny', 'vit-small', 'vit-base', 'fixup-resnet50'];

/**
 * The network that `--network` names: `resnet18`, `vit-tiny`, an .onnx file (its graph), the name of an architecture, or `{ architecture: …,
 * options }` as in a study file. Throws InputError for anything else, suggesting the nearest.
 */
export function comparedNetwork(text: string): NetworkSpec {
  if (text.endsWith('.onnx')) return { architecture: 'onnx', file: text };
  if (text.startsWith('{')) {
    const { value, errors } = parseYaml(text);
    const spec = value as Partial<NetworkSpec> | undefined;
    if (errors.length > 0 || typeof spec?.architecture !== 'string')
      throw new InputError(`compare: --network must be like '{ architecture: mlp, hidden: [64] }', got ${text}`);
    return spec as NetworkSpec;
  }
  for (const { pattern, spec } of FORMS) {
    const [, found] = pattern.exec(text) ?? [];
    if (found !== undefined) return spec(found);
  }
  const known = [...architectures.keys()].filter((name) => name !== 'onnx');
  if (known.includes(text)) return { architecture: text };
  throw new InputError(`compare: --network: ${unknownName('network', text, [...EXAMPLES, ...known, 'a file.onnx'])}`);
}
