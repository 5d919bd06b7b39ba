import { statSync } from 'node:fs';
import type { Decoded } from '../onnx/decode.js';
import { expose } from '../onnx/edits/expose.js';
import { onnxHash } from '../onnx/file-hash.js';
import type { Node } from '../onnx/graph.js';
import { asFloats } from '../onnx/imports/as-floats.js';
import { importGraph, isImageSize } from '../onnx/imports/import-graph.js';
import type { Parameter } from '../onnx/imports/parameters.js';
import { parametersOf } from '../onnx/imports/parameters.js';
import { openOnnx } from '../onnx/read.js';
import { axesOf, equationOf } from '../onnx/shapes/einsum.js';
import { InputError } from '../tensor/input-error.js';
import { show, stringOption } from '../tensor/options.js';
import { sizeOf } from '../tensor/tensor.js';
import type { Initializer } from './layers.js';
import { constant, draw, gaussian } from './layers.js';
import type { Architecture, NetworkShape } from './network.js';
import { headOf, withClasses } from './onnx-head.js';
import { isStatistic, modulesOf } from './onnx-modules.js';

export interface OnnxOptions {
  /** Path of the .onnx file; in a study relative to it. */
  readonly file: string;
  /** sha256 of the file and its external data, which planning a study writes here: what the file must hold. */
  readonly content: string | null;
  /** Images that the network is for, 'CxHxW': refused with others. null: those of the data. */
  readonly input: string | null;
  /** Which of several outputs gives the logits. null: the first. */
  readonly output: string | null;
  /** Regular expression on parameters' names: its first group, or what it matches, names the module. */
  readonly modules: string | null;
  /** Regular expression: tensors that are no parameters although they stand where parameters do. */
  readonly constants: string | null;
}

/**
 * Any network that exports to ONNX: the file's graph, its trained tensors as parameters under the file's names, the last linear layer as the
 * head. Fresh parameters by role (ours): weights ~ N(0, 2/fan-in) (He et al. 2015, arXiv 1502.01852), the head's too; biases and running means 0;
 * scales and running variances 1; slopes 0.25; tokens, positions and other tables ~ N(0, 0.02²). The file's own weights are P:
 * `pretrain: { from: <the same file> }`.
 */
export const onnx: Architecture<OnnxOptions> = {
  name: 'onnx',
  options: { file: '', content: null, input: null, output: null, modules: null, constants: null },
  check: checkOptions,
  build(options, shape) {
    const { file, output } = options;
    checkInput(options, shape);
    const model = opened(checkOptions(options));
    const imported = importGraph(model, shape, output);
    const parameters = parametersOf(imported, patternOf(options, 'constants'));
    if (parameters.length === 0) throw new InputError(`${file}: a network must have weights, got none`);
    const graph = expose(imported, parameters.map(({ name }) => name)); // prettier-ignore
    const head = headOf(graph, parameters, file);
    const fitted = withClasses(graph, head, shape.classes, file);
    const dims = new Map(fitted.inputs.map((value) => [value.name, value.dims]));
    const sized = parameters.map((each) => ({ ...each, dims: dims.get(each.name)! }));
    return {
      graph: fitted,
      parameters: sized.filter((each) => !isStatistic(each)).map(({ name }) => name),
      buffers: sized.filter(isStatistic).map(({ name }) => name),
      modules: modulesOf(fitted, parameters, head, patternOf(options, 'modules')),
      notes: model.notes,
      init: (seed) => new Map(sized.map((each) => [each.name, draw(each.name, each.dims, initializerOf(each), seed)])),
    };
  },
};

/** Classes that a file's own head has. Throws InputError as building does. */
export const ownClasses = (spec: object, shape: Omit<NetworkShape, 'classes'>): number => {
  const options = checkOptions({ ...onnx.options, ...spec });
  return importGraph(opened(options), shape, options.output).outputs[0]!.dims[1]!;
};

function checkOptions(options: OnnxOptions): OnnxOptions {
  stringOption('onnx: file', options.file);
  for (const key of ['content', 'input', 'output', 'modules', 'constants'] as const)
    if (options[key] !== null) stringOption(`onnx: ${key}`, options[key]);
  if (options.input !== null && !isImageSize(options.input))
    throw new InputError(`onnx: input: must be CxHxW, e.g. 3x224x224, got ${show(options.input)}`);
  for (const key of ['modules', 'constants'] as const) patternOf(options, key);
  return options;
}

function patternOf(options: OnnxOptions, key: 'modules' | 'constants'): RegExp | null {
  const text = options[key];
  if (text === null) return null;
  try {
    return new RegExp(text);
  } catch {
    throw new InputError(`onnx: ${key}: must be a regular expression, got ${show(text)}`);
  }
}

function checkInput({ input }: OnnxOptions, { channels, height, width }: NetworkShape): void {
  const got = `${channels}x${height}x${width}`;
  if (input !== null && input !== got) throw new InputError(`onnx: input: images must be ${input}, got ${got}`);
}

/** The last file that was read: one network is built for several batches. */
let kept: { readonly key: string; readonly model: Decoded } | undefined;

function opened({ file, content }: OnnxOptions): Decoded {
  const about = statSync(file, { throwIfNoEntry: false });
  const key = `${file} ${content} ${about?.mtimeMs} ${about?.size}`;
  if (kept?.key === key) return kept.model;
  const model = asFloats(openOnnx(file));
  if (content !== null && onnxHash(file) !== content)
    throw new InputError(`onnx: ${file} must be as it was when the study was planned (plan again), got another content`);
  kept = { key, model };
  return model;
}

function initializerOf(parameter: Parameter): Initializer {
  switch (parameter.role) {
    case 'weight':
      return gaussian(Math.sqrt(2 / fanIn(parameter)));
    case 'bias':
    case 'mean':
      return constant(0);
    case 'scale':
    case 'variance':
      return constant(1);
    case 'slope':
      return constant(0.25);
    case 'table':
      return gaussian(0.02);
  }
}

/** Inputs of one unit: of a filter [out, in / groups, k, k], of a matrix as the product reads it. */
function fanIn({ name, dims, node }: Parameter): number {
  const { op, inputs, attributes } = node;
  const spatial = sizeOf(dims.slice(2));
  if (op === 'Einsum') return summed(node, name, dims);
  if (op === 'Conv') return dims[1]! * spatial;
  if (op === 'ConvTranspose') return dims[0]! * spatial;
  // a matrix that is not read itself is transposed first
  const transposed = !inputs.includes(name) || (attributes['transB']?.kind === 'int' && attributes['transB'].value === 1);
  return transposed ? dims.at(-1)! : (dims.at(-2) ?? dims[0]!);
}

/** Size of the axes that an Einsum sums over; those of a weight that is transposed first are taken to be all but its last. */
function summed(node: Node, name: string, dims: readonly number[]): number {
  const { terms, result } = equationOf(node);
  const own = node.inputs.indexOf(name);
  if (own < 0) return sizeOf(dims.slice(0, -1));
  return sizeOf(axesOf(node, terms[own]!, dims).flatMap(([letter, sizes]) => (result.includes(letter) ? [] : sizes)));
}
