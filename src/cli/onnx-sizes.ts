import type { Decoded } from '../onnx/decode.js';
import type { Graph } from '../onnx/graph.js';
import { asFloats } from '../onnx/imports/as-floats.js';
import { imageDimensions, isImageSize } from '../onnx/imports/import-graph.js';
import { dimensionNames, openOnnx, withDimensions } from '../onnx/read.js';
import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';

/** Sizes by the names of dimensions, as `--dim` gives them. */
export type Dimensions = Readonly<Record<string, number>>;

/** 'batch=1', one more of several. */
export function parseDimension(text: string, all: Dimensions | undefined): Dimensions {
  const [, name, size] = /^(.+)=(\d+)$/.exec(text) ?? [];
  if (name === undefined) throw new InputError(`inspect: --dim must be name=size, e.g. batch=1, got ${text}`);
  return { ...all, [name]: Number(size) };
}

/** '3x224x224' */
export function parseImages(text: string): string {
  if (!isImageSize(text)) throw new InputError(`inspect: --input must be CxHxW, e.g. 3x224x224, got ${text}`);
  return text;
}

/** A file and its graph with the sizes that the command line gives. Throws InputError that names the option, or where one is missing what to type. */
export function graphOf(file: string, dim: Dimensions, input: string | undefined): { readonly model: Decoded; readonly graph: Graph } {
  const model = input === undefined ? openOnnx(file) : asFloats(openOnnx(file));
  const { dynamic, places } = dimensionNames(model);
  const unknown = Object.keys(dim).find((name) => !dynamic.includes(name) && !places.includes(name));
  if (unknown !== undefined) throw new InputError(`inspect: --dim: ${file}: ${unknownName('dimension', unknown, [...dynamic, ...places])}`);
  const missing = dynamic.filter((name) => !(name in dim));
  const option = (name: string) => [...new Set([name, ...missing])].map(typed).join(' ');
  return {
    model,
    graph: withDimensions(
      model,
      { ...(input === undefined ? {} : sizesOf(model, input)), ...dim },
      { option, strict: input !== undefined },
    ),
  };
}

const typed = (name: string): string => (/^[\w.-]+$/.test(name) ? `--dim ${name}=64` : `--dim '${name}=64'`);

function sizesOf(model: Decoded, input: string): Dimensions {
  try {
    return imageDimensions(model, input);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`inspect: --input: ${error.message}`) : error;
  }
}
