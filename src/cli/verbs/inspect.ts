import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Command } from 'commander';
import { readCheckpoint } from '../../checkpoints/read.js';
import { listed } from '../../checkpoints/state-dict.js';
import { checkpointPath } from '../../hub/checkpoint-path.js';
import { InputError } from '../../tensor/input-error.js';
import { bytes, columns, count, plural, short } from '../format.js';
import type { GraphSummary, Inspection } from '../inspection.js';
import { inspection } from '../inspection.js';
import type { NetworkSummary } from '../network-summary.js';
import { networkSummary } from '../network-summary.js';
import type { Dimensions } from '../onnx-sizes.js';
import { graphOf, parseDimension, parseImages } from '../onnx-sizes.js';
import type { Output } from '../output.js';
import { action, JSON_OPTION, verb } from '../verb.js';

export const inspectVerb = (): Command =>
  action(
    verb('inspect', 'parameters, modules, shapes and statistics of a model file', [
      'carryover inspect model.onnx --input 3x224x224',
      'carryover inspect model.onnx --dim batch=1',
      "carryover inspect final.safetensors --json | jq '.tensors[] | select(.nan > 0)'",
    ])
      .argument('<file>', '.onnx, .safetensors (or the index of sharded ones), .pth, .npz, .npy, or hf:owner/name@revision#file')
      .option('--dim <name=size>', 'size of a dynamic dimension of an .onnx file; may be repeated', parseDimension)
      .option(
        '--input <CxHxW>',
        "an .onnx file as a study's network for these images: its modules, and whether it can be trained",
        parseImages,
      )
      .option('--modules <regex>', 'with --input: how parameter names give modules')
      .option(...JSON_OPTION),
    async (output, file: string, options: Options) => {
      const found = await inspect(await checkpointPath(file), options);
      output.data(found);
      print(found, output);
    },
  );

interface Options {
  readonly dim?: Dimensions;
  readonly input?: string;
  readonly modules?: string;
}

async function inspect(file: string, { dim = {}, input, modules }: Options): Promise<Inspection> {
  const { size } = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: must be a readable file, got ${error.code ?? error.message}`);
  });
  if (extname(file) !== '.onnx') {
    if (input !== undefined) throw new InputError(`inspect: --input is for .onnx files, got ${file}`);
    const { tensors, format, metadata, notes } = await readCheckpoint(file);
    return inspection(tensors, { file, bytes: size, format, metadata, notes, graph: null, network: null });
  }
  if (modules !== undefined && !isPattern(modules)) throw new InputError(`inspect: --modules must be a regular expression, got ${modules}`);
  if (input === undefined && modules !== undefined)
    throw new InputError('inspect: --modules goes with --input CxHxW, e.g. 3x224x224, got no --input');
  const { model, graph } = graphOf(file, dim, input);
  const network = input === undefined ? null : networkSummary(file, { input, modules: modules ?? null });
  const ops: Record<string, number> = {};
  for (const { op } of graph.nodes) ops[op] = (ops[op] ?? 0) + 1;
  const { name, inputs, outputs, initializers } = graph;
  const summary = { name, opsets: model.opsets, inputs, outputs, ops };
  return inspection(initializers, { file, bytes: size, format: 'onnx', metadata: {}, notes: model.notes, graph: summary, network });
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

function print(
  { file, bytes: size, metadata, notes, parameters, modules, tensors, graph, network }: Inspection,
  { line, paint }: Output,
): void {
  line(`${paint('bold', file)}  ${bytes(size)}, ${plural(parameters, 'parameter')} in ${plural(tensors.length, 'tensor')}`);
  printMetadata(metadata, line);
  for (const note of notes) line(`  ${note}`);
  const broken = tensors.filter(({ nan, infinite }) => nan + infinite > 0).map(({ name }) => name);
  if (broken.length > 0)
    line(paint('red', `  NaN or infinite numbers in ${listed(broken)}: networks with such weights are refused by studies`));
  if (graph) printGraph(graph, line);
  line();
  if (network) printNetwork(network, line);
  for (const text of network
    ? []
    : columns(
        ['module', 'tensors', 'parameters'],
        modules.map((module) => [module.name, count(module.tensors), count(module.parameters)]),
        ['tensors', 'parameters'],
      )) {
    line(text);
  }
  line();
  const numbers = ['min', 'max', 'mean', 'std'] as const;
  const rows = tensors.map((row) => [
    row.name,
    `${row.type}[${row.dims.join(', ')}]`,
    ...numbers.map((key) => (row[key] === null ? '–' : short(row[key]))),
    `${(row.zeros * 100).toFixed(1)} %`,
    row.nan + row.infinite === 0 ? '' : paint('red', `${count(row.nan)} NaN, ${count(row.infinite)} Inf`),
  ]);
  for (const text of columns(['tensor', 'shape', ...numbers, 'zeros', ''], rows, [...numbers, 'zeros'])) line(text);
}

const MOST_METADATA = 20;
const LONGEST_VALUE = 200;
const cut = (text: string): string => (text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text);

/** Training tools write whole configurations there. */
function printMetadata(metadata: Inspection['metadata'], line: Output['line']): void {
  const all = Object.entries(metadata);
  for (const [key, value] of all.slice(0, MOST_METADATA)) line(`  ${cut(key)}: ${cut(value)}`);
  if (all.length > MOST_METADATA) line(`  and ${count(all.length - MOST_METADATA)} more of metadata (--json shows all)`);
}

function printNetwork({ input, classes, modules, untrainable }: NetworkSummary, line: Output['line']): void {
  line(
    `As a network for images of ${input}: ${count(classes)} ${classes === 1 ? 'class' : 'classes'}, ${untrainable === null ? 'can be trained' : untrainable}`,
  );
  const rows = modules.map(({ name, parameters, buffers, output }) => [name, count(parameters), count(buffers), `[${output.join(', ')}]`]);
  for (const text of columns(['module', 'parameters', 'statistics', 'features'], rows, ['parameters', 'statistics'])) line(text);
}

function printGraph({ opsets, inputs, outputs, ops }: GraphSummary, line: Output['line']): void {
  const typed = (values: GraphSummary['inputs']) => values.map(({ name, type, dims }) => `${name} ${type}[${dims.join(', ')}]`).join(', ');
  line(`  inputs: ${typed(inputs)}`);
  line(`  outputs: ${typed(outputs)}`);
  const used = Object.entries(ops).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  line(`  ops: ${used.map(([op, times]) => `${op} × ${times}`).join(', ')}`);
  line(
    `  opset: ${Object.entries(opsets)
      .map(([domain, version]) => (domain ? `${domain} ${version}` : version))
      .join(', ')}`,
  );
}
