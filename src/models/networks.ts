import { basename } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';
import { optionsOf } from '../tensor/options.js';
import { fixupResnet } from './fixup-resnet.js';
import { mlp } from './mlp.js';
import { onnx } from './onnx.js';
import { resnet } from './resnet.js';
import { vit } from './vit.js';
import type { Architecture, Network, NetworkShape, NetworkSpec } from './network.js';

/** Every architecture by its word in a study file. A new one: one file, one line here. */
export const architectures: ReadonlyMap<string, Architecture> = new Map(
  [fixupResnet, mlp, onnx, resnet, vit].map((each) => [each.name, each as Architecture]),
);

/** Builds what a study asks for. Throws InputError for an unknown architecture or option, listing what exists. */
export function buildNetwork(spec: NetworkSpec, shape: NetworkShape): Network {
  const { architecture: name, ...options } = spec;
  const architecture = architectures.get(name);
  if (!architecture) throw new InputError(`network: ${unknownName('architecture', String(name), [...architectures.keys()])}`);
  optionsOf(name, options, Object.keys(architecture.options));
  for (const [key, value] of Object.entries(shape)) {
    if (!Number.isSafeInteger(value) || value < 1) throw new InputError(`${name}: ${key} must be a positive integer, got ${String(value)}`);
  }
  return { spec, shape, ...architecture.build({ ...architecture.options, ...options }, shape) };
}

/** What files record of a network: where its own file lay is no part of it. */
export function recordedSpec(spec: NetworkSpec): NetworkSpec {
  const { file } = spec;
  return typeof file === 'string' ? { ...spec, file: basename(file) } : spec;
}
