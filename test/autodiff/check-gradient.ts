import assert from 'node:assert/strict';
import type { Value } from '../../src/onnx/graph.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { gradient } from '../../src/autodiff/gradient.js';
import { compile } from '../../src/runtime/compile.js';
import { random } from '../../src/tensor/random.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, floats, sizeOf } from '../../src/tensor/tensor.js';

/**
 * normal; positive: in [0.5, 2]; distinct: all values of all inputs at least 0.2 apart and 0.1 from 0, so that no kink lies within
 * reach of the differences.
 */
export type Draw = 'normal' | 'positive' | 'distinct';

/** One use of an op: shapes of the differentiated inputs, and the graph. */
export interface Case {
  readonly what: string;
  readonly inputs: readonly (readonly number[])[];
  readonly draw?: Draw;
  readonly build: (b: GraphBuilder, inputs: readonly [Value, Value, Value]) => Value | readonly Value[];
}

const EPSILON = 0.01;

/** ⟨v, (f(x + εu) − f(x − εu)) / 2ε⟩ (fourth order) against ⟨∂⟨v, f⟩/∂x, u⟩, for random u and v, input by input. */
export async function checkGradient({ what, inputs, draw = 'normal', build }: Case): Promise<void> {
  const b = new GraphBuilder('case');
  const names = inputs.map((_, i) => `x${i}`);
  const values = inputs.map((dims, i) => b.input(names[i]!, dims));
  const made = build(b, values as unknown as [Value, Value, Value]);
  const outputs = (Array.isArray(made) ? (made as readonly Value[]) : [made as Value]).map((y, i) => b.named(y, `y${i}`));
  const weights = outputs.map((y, i) => b.input(`v${i}`, y.dims));
  const terms = outputs.map((y, i) => b.op.ReduceSum([b.op.Mul([y, weights[i]!])], { keepdims: 0 }));
  const loss = b.named(
    terms.reduce((a, t) => b.op.Add([a, t])),
    'loss',
  );
  const session = await compile(gradient(b.build([loss, ...outputs]), { of: 'loss', wrt: names }), { threads: 1, lowering: 'standard' });

  const stream = random(7, what);
  const x = new Map(inputs.map((dims, i) => [names[i]!, float32(dims, new Float32Array(sizeOf(dims)))]));
  fill([...x.values()].map(({ data }) => data), draw, stream); // prettier-ignore
  const v = new Map(weights.map(({ name, dims }) => [name, float32(dims, Float32Array.from({ length: sizeOf(dims) }, stream.normal))]));
  const grads = await session.run(new Map([...x, ...v]));
  for (const name of names) {
    const u = Float64Array.from(x.get(name)!.data, () => 2 * stream.uniform() - 1);
    const at = async (step: number) => {
      const moved = float32(
        x.get(name)!.dims,
        x.get(name)!.data.map((e, i) => e + step * u[i]!),
      );
      return session.run(new Map<string, Tensor>([...x, ...v, [name, moved]]), outputs.map(({ name: y }) => y)); // prettier-ignore
    };
    const [plus, minus, plus2, minus2] = [await at(EPSILON), await at(-EPSILON), await at(2 * EPSILON), await at(-2 * EPSILON)];
    let [numeric, vv, jj] = [0, 0, 0];
    for (const [k, y] of outputs.entries()) {
      const [p, m, p2, m2] = [plus, minus, plus2, minus2].map((run) => floats(run.get(y.name), y.name));
      for (const [i, weight] of v.get(weights[k]!.name)!.data.entries()) {
        const slope = (8 * (p![i]! - m![i]!) - (p2![i]! - m2![i]!)) / (12 * EPSILON);
        numeric += weight * slope;
        vv += weight * weight;
        jj += slope * slope;
      }
    }
    const grad = grads.get(`${name}.grad`)!;
    assert.deepEqual(grad.dims, x.get(name)!.dims, `${what}: shape of ${name}.grad`);
    const analytic = floats(grad, name).reduce((sum, g, i) => sum + g * u[i]!, 0);
    const scale = Math.sqrt(vv * jj);
    assert.ok(scale > 1e-3, `${what}: ${name} must matter, got a slope of ${scale}`);
    assert.ok(Math.abs(numeric - analytic) <= 2e-4 * scale, `${what}: ${name}: numeric ${numeric}, analytic ${analytic}, scale ${scale}`);
  }
  await session.release();
}

function fill(arrays: readonly Float32Array[], draw: Draw, stream: ReturnType<typeof random>): void {
  const total = arrays.reduce((sum, { length }) => sum + length, 0);
  const order = stream.permutation(total);
  let next = 0;
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) {
      const rank = order[next++]! - Math.floor(total / 2);
      array[i] = draw === 'normal' ? stream.normal() : draw === 'positive' ? 0.5 + 1.5 * stream.uniform() : 0.2 * rank + 0.1;
    }
  }
}
