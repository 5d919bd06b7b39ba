import { GraphBuilder } from '../onnx/builder.js';
import type { Graph } from '../onnx/graph.js';
import { lowered } from '../runtime/compile.js';
import type { Session } from '../runtime/session.js';
import { float32, floats } from '../tensor/tensor.js';

/** Products of rows in native code. */
export interface RowProducts {
  /** XYᵀ [n, m] of x, float32 [n, width], and y, float32 [m, width]. One session a shape. */
  multiply(x: Float32Array, y: Float32Array, width: number): Promise<Float32Array>;
  release(): Promise<void>;
}

export function openRowProducts({ threads }: { readonly threads: number }): RowProducts {
  const sessions = new Map<string, Promise<Session>>();
  const session = (n: number, m: number, width: number) => {
    const key = `${n}x${m}x${width}`;
    const found = sessions.get(key) ?? openTakingTurns(graphOf(n, m, width), threads);
    sessions.set(key, found);
    return found;
  };
  return {
    async multiply(x, y, width) {
      const [n, m] = [x.length / width, y.length / width];
      const opened = await session(n, m, width);
      const [a, b] = [float32([n, width], x), float32([m, width], y)];
      return floats((await opened.run(new Map([['x', a], ['y', b]]))).get('products'), 'products'); // prettier-ignore
    },
    async release() {
      for (const each of sessions.values()) await (await each).release();
    },
  };
}

/** Several sessions work in turn: threads of one that wait in a loop would take the cores from the next (a third of the speed for a Gram). */
async function openTakingTurns(graph: Graph, threads: number): Promise<Session> {
  const { whole, open } = await lowered(graph, { threads });
  return open(whole, { as: graph, spinning: false });
}

function graphOf(n: number, m: number, width: number) {
  const b = new GraphBuilder('row-products');
  return b.build([b.op.Gemm([b.input('x', [n, width]), b.input('y', [m, width])], { transB: 1 }, 'products')]);
}
