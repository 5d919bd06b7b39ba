import { sizeOf } from '../tensor/tensor.js';
import type { Tensor } from '../tensor/tensor.js';
import { unknownName } from '../tensor/nearest.js';
import { lower } from '../lowering/lower.js';
import type { Graph, Value } from '../onnx/graph.js';
import { VIRTUAL } from '../onnx/graph.js';
import { writeOnnx } from '../onnx/write.js';
import { openSession } from './onnxruntime.js';
import type { Compile, Session } from './session.js';

/**
 * Lowers, serializes and opens a graph in onnxruntime. Throws when onnxruntime refuses the graph.
 * Graphs with gradients are built by hand and run as they are; onnxruntime's own rewriting would double the time to open them.
 */
export const compile: Compile = async (graph, { threads = 0, optimization = hasGradients(graph) ? 'disabled' : 'all' } = {}) => {
  if (!Number.isInteger(threads) || threads < 0) throw new Error(`compile: threads must be a whole number ≥ 0, got ${threads}`);
  const native = await openSession(writeOnnx(lower(graph)), { threads, optimization }).catch((error: unknown) => {
    throw new Error(`compile: onnxruntime must accept the graph ${graph.name}, got ${(error as Error).message}`, { cause: error });
  });
  const inputs = new Map(graph.inputs.map((value) => [value.name, value]));
  const names = graph.outputs.map(({ name }) => name);
  let released = false;

  const session: Session = {
    graph,
    async run(feeds, outputs = names) {
      if (released) throw new Error(`run: session ${graph.name} must not be used after its release`);
      for (const value of inputs.values()) checkFeed(value, feeds.get(value.name));
      for (const name of feeds.keys()) if (!inputs.has(name)) throw new Error(`run: ${unknownName('feed', name, [...inputs.keys()])}`);
      for (const name of outputs) if (!names.includes(name)) throw new Error(`run: ${unknownName('output', name, names)}`);
      return native.run(feeds, outputs);
    },
    async release() {
      if (released) return;
      released = true;
      await native.release();
    },
  };
  return session;
};

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
