import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gradient } from '../../src/autodiff/gradient.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { compile } from '../../src/runtime/compile.js';
import { float32, floats } from '../../src/tensor/tensor.js';
import type { LossOptions } from '../../src/train/losses.js';
import type { Loss } from '../../src/train/recipe.js';
import { withLoss } from '../../src/train/losses.js';
import { assertClose } from '../support/assert-close.js';

const LOGITS = [
  [0, 0, 0],
  [2, -1, 0.5],
  [100, -100, 3],
  [-40, 50, 50],
];
const TARGETS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  hard: [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]],
  mixed: [[0.3, 0.7, 0], [0.5, 0.5, 0], [1, 0, 0], [0.2, 0.2, 0.6]],
}; // prettier-ignore

function linear(dims: readonly number[] = [4, 3]) {
  const b = new GraphBuilder('logits');
  const z = b.input('z', dims);
  return b.build([b.named(z, 'logits')]);
}

async function lossAndGradient(loss: Loss, targets: readonly (readonly number[])[], options: LossOptions = {}) {
  const session = await compile(gradient(withLoss(linear(), loss, options), { of: 'loss', wrt: ['z'] }), { threads: 1 });
  const result = await session.run(
    new Map([
      ['z', float32([4, 3], LOGITS.flat())],
      ['targets', float32([4, 3], targets.flat())],
    ]),
  );
  await session.release();
  return { loss: floats(result.get('loss'), 'loss'), grad: floats(result.get('z.grad'), 'z.grad'), dims: result.get('loss')!.dims };
}

/** In float64: Σ t·(logsumexp z − z), and softmax·Σt − t. */
function crossEntropy(z: readonly number[], t: readonly number[]) {
  const top = Math.max(...z);
  const lse = top + Math.log(z.reduce((sum, v) => sum + Math.exp(v - top), 0));
  const mass = t.reduce((a, b) => a + b);
  return { loss: t.reduce((sum, v, i) => sum + v * (lse - z[i]!), 0), grad: z.map((v, i) => Math.exp(v - lse) * mass - t[i]!) };
}

/** In float64: Σ softplus(z) − t·z, and σ(z) − t. */
function binaryCrossEntropy(z: readonly number[], t: readonly number[]) {
  const softplus = (v: number) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
  return { loss: z.reduce((sum, v, i) => sum + softplus(v) - t[i]! * v, 0), grad: z.map((v, i) => 1 / (1 + Math.exp(-v)) - t[i]!) };
}

for (const [loss, definition, count] of [
  ['cross-entropy', crossEntropy, 4],
  ['binary-cross-entropy', binaryCrossEntropy, 12],
] as const) {
  for (const [labels, targets] of Object.entries(TARGETS)) {
    for (const reduction of ['mean', 'sum'] as const) {
      test(`${loss}, ${labels} labels, ${reduction}: value and gradient, also for equal and huge logits`, async () => {
        const divisor = reduction === 'mean' ? count : 1;
        const expected = LOGITS.map((z, i) => definition(z, targets[i]!));
        const actual = await lossAndGradient(loss, targets, { reduction });
        assert.deepEqual(actual.dims, []);
        assertClose(actual.loss, [expected.reduce((sum, e) => sum + e.loss, 0) / divisor], { relative: 1e-6 }, 'loss');
        assertClose(actual.grad, expected.flatMap((e) => e.grad.map((g) => g / divisor)), { relative: 1e-6, absolute: 2e-7 }, 'gradient'); // prettier-ignore
      });
    }
  }
}

interface Masked {
  readonly dims: [number, number];
  readonly logits: number[];
  readonly targets: number[];
  readonly loss: number;
  readonly grad: number[];
}

test('labels that are not known are masked from loss and gradient, as in PyTorch', async () => {
  const cases = JSON.parse(readFileSync(new URL('../../../test/train/fixtures/masked-bce.json', import.meta.url), 'utf8')) as Masked[];
  for (const { dims, logits, targets, loss, grad } of cases) {
    const session = await compile(gradient(withLoss(linear(dims), 'binary-cross-entropy', { masked: true }), { of: 'loss', wrt: ['z'] }), {
      threads: 1,
    });
    const at = async (z: readonly number[], t: readonly number[]) => {
      const results = await session.run(new Map([['z', float32(dims, z)], ['targets', float32(dims, t)]])); // prettier-ignore
      return { loss: floats(results.get('loss'), 'loss')[0]!, grad: floats(results.get('z.grad'), 'z.grad') };
    };
    const found = await at(logits, targets);
    assertClose(found.loss, loss, { relative: 1e-6 });
    assertClose(found.grad, grad, { relative: 1e-5, absolute: 1e-7 });
    targets.forEach((t, i) => t < 0 && assert.equal(found.grad[i], 0));
    // a numeric derivative along a direction
    const [step, direction] = [1e-2, logits.map((_, i) => Math.sin(i + 1))];
    const moved = (sign: number) => logits.map((z, i) => z + sign * step * direction[i]!);
    const numeric = ((await at(moved(1), targets)).loss - (await at(moved(-1), targets)).loss) / (2 * step);
    assertClose(direction.reduce((sum, d, i) => sum + d * found.grad[i]!, 0), numeric, { absolute: 2e-4 }); // prettier-ignore
    // nothing known: loss 0, no gradient
    const nothing = await at(logits, targets.map(() => -1)); // prettier-ignore
    assert.deepEqual([nothing.loss + 0, nothing.grad.every((g) => g === 0)], [0, true]);
    await session.release();
  }
  assert.throws(() => withLoss(linear(), 'cross-entropy', { masked: true }), /masked targets need binary-cross-entropy/);
});

test('a graph without logits [batch, classes] is refused', () => {
  assert.throws(() => withLoss(linear([4, 3, 2]), 'cross-entropy'), /withLoss: the graph must have an output logits \[batch, classes\], got \[4, 3, 2\]/);
  const b = new GraphBuilder('other');
  assert.throws(() => withLoss(b.build([b.input('y', [2, 2])]), 'cross-entropy'), /got none/);
}); // prettier-ignore
