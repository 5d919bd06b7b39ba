import { GraphBuilder } from '../onnx/builder.js';
import { compile } from '../runtime/compile.js';
import type { Session } from '../runtime/session.js';
import { float32, floats } from '../tensor/tensor.js';

/** Products of rows in native code. */
export interface RowProducts {
  /** XYᵀ [n, n] of x and y, float32 [n, width]. One session a shape. */
  multiply(x: Float32Array, y: Float32Array, n: number, width: number): Promise<Float32Array>;
  release(): Promise<void>;
}

export function openRowProducts({ threads }: { readonly threads: number }): RowProducts {
  const sessions = new Map<string, Promise<Session>>();
  const session = (n: number, width: number) => {
    const key = `${n}x${width}`;
    const found = sessions.get(key) ?? compile(graphOf(n, width), { threads });
    sessions.set(key, found);
    return found;
  };
  return {
    async multiply(x, y, n, width) {
      const opened = await session(n, width);
      const [a, b] = [float32([n, width], x), float32([n, width], y)];
      return floats((await opened.run(new Map([['x', a], ['y', b]]))).get('products'), 'products'); // prettier-ignore
    },
    async release() {
      for (const each of sessions.values()) await (await each).release();
    },
  };
}

function graphOf(n: number, width: number) {
  const b = new GraphBuilder('row-products');
  return b.build([b.op.Gemm([b.input('x', [n, width]), b.input('y', [n, width])], { transB: 1 }, 'products')]);
}
