// Networks as `carryover export` writes them, and what onnxruntime makes of the files; see README.md here.
//   node dist/scripts/exports/exports.js <folder>
//   python3 scripts/exports/check_exports.py <folder>
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkSpec } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import { bake } from '../../src/onnx/edits/bake.js';
import { writeOnnxFile } from '../../src/onnx/write.js';
import { openSession } from '../../src/runtime/onnxruntime.js';
import type { Params } from '../../src/tensor/params.js';
import { random } from '../../src/tensor/random.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import { float32 } from '../../src/tensor/tensor.js';

const CASES: Readonly<Record<string, { readonly spec: NetworkSpec; readonly side: number }>> = {
  'vit-tiny': { spec: { architecture: 'vit', size: 'tiny' }, side: 64 },
  'vit-small': { spec: { architecture: 'vit', size: 'small' }, side: 224 },
  'resnet-18': { spec: { architecture: 'resnet', depth: 18 }, side: 64 },
  'resnet-50': { spec: { architecture: 'resnet', depth: 50 }, side: 224 },
};
const [BATCH, CLASSES] = [2, 7];

const folder = process.argv[2];
if (folder === undefined) throw new Error('exports: node dist/scripts/exports/exports.js <folder>');
mkdirSync(folder, { recursive: true });
for (const [name, { spec, side }] of Object.entries(CASES)) {
  const network = buildNetwork(spec, { batch: BATCH, channels: 3, height: side, width: side, classes: CLASSES });
  const params = trained(network.init(1));
  const { normal } = random(1, 'exports', name);
  const images = float32([BATCH, 3, side, side], Float32Array.from({ length: BATCH * 3 * side * side }, normal));
  const file = join(folder, `${name}.onnx`);
  await writeOnnxFile(bake(network.graph, params), file);
  writeFileSync(
    join(folder, `${name}.safetensors`),
    encodeSafetensors(params, { network: JSON.stringify(spec), classes: String(CLASSES) }),
  );
  // the file as anyone opens it
  const session = await openSession(readFileSync(file), { threads: 2, optimization: 'all' });
  const results = await session.run(new Map([['images', images]]), ['logits']);
  await session.release();
  writeFileSync(join(folder, `${name}.results.safetensors`), encodeSafetensors(new Map([['images', images], ['logits', results.get('logits')!]]))); // prettier-ignore
  process.stdout.write(`${file}\n`);
}

/** No tensor as it starts; variances stay positive. */
function trained(params: Params): Params {
  return new Map(
    [...params].map(([name, { dims, data }]) => {
      const { normal } = random(1, 'trained', name);
      const moved = data.map((x) => x + 0.02 * normal());
      return [name, float32(dims, name.endsWith('running_var') ? moved.map((x) => Math.abs(x) + 0.1) : moved)];
    }),
  );
}
