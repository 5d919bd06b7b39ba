import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradient } from '../../src/autodiff/gradient.js';
import { buildNetwork } from '../../src/models/networks.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { flopsOf, graphFlops } from '../../src/onnx/flops.js';
import { withLoss } from '../../src/train/losses.js';

test('a convolution: every output is a dot product of C/groups · kh · kw', () => {
  // 2 · (8·32·14·14) · (16·3·3)
  assert.equal(flopsOf('Conv', [[8, 16, 28, 28], [32, 16, 3, 3]], [8, 32, 14, 14]), 2 * 50176 * 144); // prettier-ignore
  assert.equal(flopsOf('Conv', [[1, 16, 4, 4], [16, 1, 3, 3]], [1, 16, 4, 4]), 2 * 256 * 9, 'depthwise'); // prettier-ignore
});

test('matrix products, transposed and batched, are 2·M·N·K', () => {
  const [M, K, N] = [3, 5, 7];
  assert.equal(flopsOf('MatMul', [[M, K], [K, N]], [M, N]), 2 * M * N * K); // prettier-ignore
  assert.equal(flopsOf('Gemm', [[K, M], [N, K], [N]], [M, N]), 2 * M * N * K); // prettier-ignore
  assert.equal(flopsOf('MatMul', [[4, 2, M, K], [4, 2, K, N]], [4, 2, M, N]), 8 * 2 * M * N * K); // prettier-ignore
  assert.equal(flopsOf('MatMul', [[4, M, K], [K, N]], [4, M, N]), 4 * 2 * M * N * K, 'a batch by one matrix'); // prettier-ignore
});

test('both gradients of a convolution cost what it costs', () => {
  const b = new GraphBuilder('conv');
  const [x, w] = [b.input('x', [2, 6, 9, 9]), b.input('w', [4, 3, 3, 3])];
  const y = b.op.Conv([x, w], { strides: [2, 2], pads: [1, 1, 1, 1], group: 2 });
  const forward = b.build([b.op.ReduceSum([b.op.Mul([y, y])], { keepdims: 0 }, 'loss')]);
  const cost = 2 * (2 * 4 * 5 * 5) * (3 * 3 * 3);
  assert.equal(graphFlops(forward), cost);
  assert.equal(graphFlops(gradient(forward, { of: 'loss', wrt: ['w'] })), 2 * cost);
  assert.equal(graphFlops(gradient(forward, { of: 'loss', wrt: ['w', 'x'] })), 3 * cost);
});

test('ResNet-50 at 224 px: about 4.1 thousand million multiply-adds, a step three times that but for the stem', () => {
  const network = buildNetwork(
    { architecture: 'fixup-resnet', depth: 50 },
    { batch: 1, channels: 3, height: 224, width: 224, classes: 1000 },
  );
  const forward = graphFlops(network.graph);
  // torchvision's page names 4.09 GMACs for its ResNet-50: the same convolutions and head
  assert.ok(Math.abs(forward / 2 / 4.09e9 - 1) < 0.01, String(forward));
  const step = graphFlops(gradient(withLoss(network.graph, 'cross-entropy'), { of: 'loss', wrt: network.parameters }));
  const stem = 2 * (64 * 112 * 112) * (3 * 7 * 7);
  assert.equal(step, 3 * forward - stem, 'nobody asks for the gradient of the images');
});
