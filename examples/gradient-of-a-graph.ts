// Builds a network as an ONNX graph, derives its gradient graph, and trains it with a few lines of our own:
// two rings of points, which no straight line separates.
//
//     npm run build && node dist/examples/gradient-of-a-graph.js
import { pathToFileURL } from 'node:url';
import { buildNetwork, compile, float32, floats, gradient, random, sgd, withLoss } from '../src/index.js';

export async function gradientOfAGraph({ steps = 200, batch = 64 } = {}): Promise<{ before: number; after: number }> {
  // images of 2 × 1 × 1 "pixels": the two coordinates of a point
  const network = buildNetwork({ architecture: 'mlp', hidden: [16, 16] }, { batch, channels: 2, height: 1, width: 1, classes: 2 });
  const graph = gradient(withLoss(network.graph, 'cross-entropy'), { of: 'loss', wrt: network.parameters });
  const session = await compile(graph, { threads: 1 });

  const params = network.init(1);
  const optimizer = sgd(params, { momentum: 0.9, nesterov: false, weightDecay: 0, clip: null, multipliers: [] });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const results = await session.run(new Map([...params, ...rings(batch, step)]));
    losses.push(floats(results.get('loss'), 'loss')[0]!);
    optimizer.update(new Map(network.parameters.map((name) => [name, floats(results.get(`${name}.grad`), name)])), 0.1);
  }
  await session.release();
  return { before: losses[0]!, after: losses.at(-1)! };
}

/** Points on a ring of radius 1 (class 0) or 2 (class 1). */
function rings(batch: number, step: number) {
  const draw = random(1, 'rings', step);
  const images = new Float32Array(batch * 2);
  const targets = new Float32Array(batch * 2);
  for (let i = 0; i < batch; i++) {
    const angle = 2 * Math.PI * draw.uniform();
    const radius = (i % 2) + 1 + 0.1 * draw.normal();
    images.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i);
    targets[2 * i + (i % 2)] = 1;
  }
  return new Map([
    ['images', float32([batch, 2, 1, 1], images)],
    ['targets', float32([batch, 2], targets)],
  ]);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { before, after } = await gradientOfAGraph();
  console.log(`loss ${before.toFixed(3)} → ${after.toFixed(3)}`);
}
