import type { Random } from '../tensor/random.js';
import { random } from '../tensor/random.js';
import type { Batch } from '../data/dataset.js';

/**
 * Mixup (Zhang et al. 2018, arXiv 1710.09412) as the paper uses it: one λ ~ Beta(α, α) and one permutation π a batch,
 * x_i ← λ·x_i + (1−λ)·x_π(i), and the same for the targets; a label that one of the two does not know (t < 0) is not known of the mix. Keyed by (seed, epoch, place of the batch); α = 0 changes nothing.
 */
export async function* mixup(
  batches: AsyncIterable<Batch>,
  { alpha, seed, epoch }: { readonly alpha: number; readonly seed: number; readonly epoch: number },
): AsyncGenerator<Batch> {
  let place = 0;
  for await (const batch of batches) {
    const stream = random(seed, 'mixup', epoch, place++);
    yield alpha === 0 ? batch : mixed(batch, symmetricBeta(alpha, stream), stream.permutation(batch.indices.length));
  }
}

/** λ of every row with itself, 1 − λ with its partner. `indices` stay those of the rows. */
export function mixed(batch: Batch, lambda: number, partner: Int32Array): Batch {
  return { ...batch, images: mixRows(batch.images, lambda, partner), targets: mixTargets(batch.targets, lambda, partner) };
}

function mixTargets(targets: Float32Array, lambda: number, partner: Int32Array): Float32Array {
  const result = mixRows(targets, lambda, partner);
  if (!targets.includes(-1)) return result;
  const classes = targets.length / partner.length;
  return result.map((mixed, at) => {
    const other = partner[Math.floor(at / classes)]! * classes + (at % classes);
    return targets[at]! < 0 || targets[other]! < 0 ? -1 : mixed;
  });
}

function mixRows(rows: Float32Array, lambda: number, partner: Int32Array): Float32Array {
  const size = rows.length / partner.length;
  const result = new Float32Array(rows.length);
  for (let n = 0; n < partner.length; n++) {
    const [own, other] = [n * size, partner[n]! * size];
    for (let j = 0; j < size; j++) result[own + j] = lambda * rows[own + j]! + (1 - lambda) * rows[other + j]!;
  }
  return result;
}

/** λ ~ Beta(α, α) = G/(G + G′) with G, G′ ~ Gamma(α), by logarithms: for small α both underflow. */
export function symmetricBeta(alpha: number, stream: Random): number {
  const [a, b] = [logGammaDraw(alpha, stream), logGammaDraw(alpha, stream)];
  return 1 / (1 + Math.exp(b - a));
}

/** log of a Gamma(α) draw: Marsaglia & Tsang (2000) for shape α + 1, times U^(1/α). */
function logGammaDraw(alpha: number, { uniform, normal }: Random): number {
  const d = alpha + 1 - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0 || Math.log(1 - uniform()) >= 0.5 * x * x + d - d * v + d * Math.log(v)) continue;
    return Math.log(d * v) + Math.log(1 - uniform()) / alpha;
  }
}
