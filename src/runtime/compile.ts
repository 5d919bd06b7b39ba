import { sizeOf, tensor } from '../tensor/tensor.js';
import type { Tensor } from '../tensor/tensor.js';
import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';
import type { LowerOptions } from '../lowering/lower.js';
import { lower } from '../lowering/lower.js';
import type { Graph, Value } from '../onnx/graph.js';
import { VIRTUAL } from '../onnx/graph.js';
import { writeOnnx } from '../onnx/write.js';
import type { NativeSession, Provider } from './onnxruntime.js';
import { openSession } from './onnxruntime.js';
import { currentProvider } from './provider.js';
import { bestLowering } from './self-test.js';
import type { Compile, CompileOptions, Session } from './session.js';
import { unshaped } from './unshaped.js';

/**
 * Lowers, serializes and opens a graph in onnxruntime. Throws when onnxruntime refuses the graph.
 * Graphs with gradients and blocked graphs run as they are: onnxruntime's own rewriting would only double the time to open them.
 */
export const compile: Compile = async (graph, options) => {
  const { whole, open } = await lowered(graph, options);
  return open(whole, { as: graph });
};

/** A lowered graph, and how to open it or parts of it. */
export interface Lowered {
  readonly whole: Graph;
  /** `as`: the graph that the session shows as its own; its inputs and outputs must be those of `part`. `profiled`: if a profile is asked for. `spinning`: see SessionSettings. */
  open(part: Graph, options?: { readonly as?: Graph; readonly profiled?: boolean; readonly spinning?: boolean }): Promise<Session>;
}

/** Everything of `compile` but opening. */
export async function lowered(
  graph: Graph,
  { threads = 0, lowering = 'auto', optimization, provider = currentProvider(), profile }: CompileOptions = {},
): Promise<Lowered> {
  if (!Number.isInteger(threads) || threads < 0) throw new Error(`compile: threads must be a whole number ≥ 0, got ${threads}`);
  const options = await loweringOf(graph, lowering === 'auto' ? forcedLowering() : lowering, provider);
  const rewriting = optimization ?? (options.kind === 'blocked' || hasGradients(graph) ? 'disabled' : 'all');
  return {
    whole: lower(graph, options),
    async open(part, { as = part, profiled = true, spinning } = {}) {
      const { graph: bare, sources } = unshaped(part);
      const settings = { threads, optimization: rewriting, provider, spinning, ...(profiled ? { profile } : {}) };
      const native = await openSession(writeOnnx(bare), settings).catch((error: unknown) => {
        throw new Error(`compile: onnxruntime must accept the graph ${part.name}, got ${(error as Error).message}`, { cause: error });
      });
      return sessionOf(as, { native, sources, profiled: profiled && profile !== undefined });
    },
  };
}

interface Opened {
  readonly native: NativeSession;
  /** Output → the value that holds its numbers. */
  readonly sources: ReadonlyMap<string, string>;
  readonly profiled: boolean;
}

function sessionOf(graph: Graph, { native, sources, profiled }: Opened): Session {
  const inputs = new Map(graph.inputs.map((value) => [value.name, value]));
  const names = graph.outputs.map(({ name }) => name);
  const dims = new Map(graph.outputs.map((value) => [value.name, value.dims]));
  const shaped = (name: string, { type, data }: Tensor) => tensor(type, dims.get(name)!, data);
  let released = false;
  return {
    graph,
    async run(feeds, outputs = names) {
      if (released) throw new Error(`run: session ${graph.name} must not be used after its release`);
      for (const value of inputs.values()) checkFeed(value, feeds.get(value.name));
      for (const name of feeds.keys()) if (!inputs.has(name)) throw new Error(`run: ${unknownName('feed', name, [...inputs.keys()])}`);
      for (const name of outputs) if (!names.includes(name)) throw new Error(`run: ${unknownName('output', name, names)}`);
      const found = await native.run(feeds, [...new Set(outputs.map((name) => sources.get(name)!))]);
      return new Map(outputs.map((name) => [name, shaped(name, found.get(sources.get(name)!)!)]));
    },
    async release() {
      if (released) return;
      released = true;
      if (profiled) native.endProfiling();
      await native.release();
    },
  };
}

/** CARRYOVER_LOWERING=standard|blocked decides, for debugging, wherever the code does not. Throws InputError for other words. */
function forcedLowering(): 'standard' | 'blocked' | 'auto' {
  const word = process.env['CARRYOVER_LOWERING'] ?? 'auto';
  if (word === 'standard' || word === 'blocked' || word === 'auto') return word;
  throw new InputError(`CARRYOVER_LOWERING: must be standard, blocked or auto, got ${word}`);
}

/** auto: blocked when it works here and weights are fed; onnxruntime blocks convolutions of constant weights itself. */
async function loweringOf(graph: Graph, asked: 'standard' | 'blocked' | 'auto', provider: Provider): Promise<LowerOptions> {
  if (asked === 'blocked' && provider !== 'cpu')
    throw new Error(`compile: lowering blocked runs on the cpu only, got provider ${provider}`);
  const feedsWeights = graph.nodes.some(({ op, inputs }) => op === 'Conv' && !graph.initializers.has(inputs[1]!));
  if (asked === 'standard' || provider !== 'cpu' || (asked === 'auto' && !feedsWeights)) return { kind: 'standard' };
  const best = await bestLowering();
  if (asked === 'blocked' && best.kind !== 'blocked')
    throw new Error('compile: lowering blocked needs a CPU for which onnxruntime has blocked convolutions, got none');
  return best;
}

const hasGradients = (graph: Graph): boolean => graph.nodes.some((node) => node.domain === VIRTUAL);

function checkFeed({ name, type, dims }: Value, feed: Tensor | undefined): void {
  if (!feed) throw new Error(`run: input ${name} must be fed, got nothing`);
  if (feed.type !== type) throw new Error(`run: input ${name} must be ${type}, got ${feed.type}`);
  if (feed.dims.join() !== dims.join()) {
    throw new Error(`run: input ${name} must have shape [${dims.join(', ')}], got [${feed.dims.join(', ')}]`);
  }
  if (feed.data.length !== sizeOf(dims)) {
    throw new Error(`run: input ${name} must hold ${sizeOf(dims)} elements, got ${feed.data.length}`);
  }
}
