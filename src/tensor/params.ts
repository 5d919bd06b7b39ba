import type { FloatTensor } from './tensor.js';
import { float32 } from './tensor.js';

/** Parameters of a network by name (PyTorch's names and shapes), in the network's order. */
export type Params = ReadonlyMap<string, FloatTensor>;

/** (1−λ)·a + λ·b, element by element, in float32 of a float64 product. Names and shapes must agree. */
export function mix(a: Params, b: Params, lambda: number): Params {
  const mixed = new Map<string, FloatTensor>();
  for (const [name, x] of a) {
    const y = counterpart(b, name, x, 'mix');
    const data = new Float32Array(x.data.length);
    for (let i = 0; i < data.length; i++) data[i] = (1 - lambda) * x.data[i]! + lambda * y.data[i]!;
    mixed.set(name, float32(x.dims, data));
  }
  return mixed;
}

/** Σ_k weights[k]·parts[k], element by element, in float32 of a float64 sum. Names and shapes must agree. */
export function combine(parts: readonly Params[], weights: readonly number[]): Params {
  const combined = new Map<string, FloatTensor>();
  for (const [name, { dims, data }] of parts[0]!) {
    const all = parts.map((part) => counterpart(part, name, parts[0]!.get(name)!, 'combine').data);
    const sums = new Float32Array(data.length);
    for (let i = 0; i < sums.length; i++) {
      let sum = 0;
      for (let k = 0; k < all.length; k++) sum += weights[k]! * all[k]![i]!;
      sums[i] = sum;
    }
    combined.set(name, float32(dims, sums));
  }
  return combined;
}

/** The parameters whose names pass. */
export function select(params: Params, keep: (name: string) => boolean): Params {
  return new Map([...params].filter(([name]) => keep(name)));
}

/** `params` with every name that passes taken from `other`. */
export function replace(params: Params, other: Params, take: (name: string) => boolean): Params {
  return new Map([...params].map(([name, x]) => [name, take(name) ? counterpart(other, name, x, 'replace') : x]));
}

/** Squared ℓ₂ distance, accumulated in float64. */
export function squaredDistance(a: Params, b: Params): number {
  let sum = 0;
  for (const [name, x] of a) {
    const y = counterpart(b, name, x, 'squaredDistance');
    for (let i = 0; i < x.data.length; i++) sum += (x.data[i]! - y.data[i]!) ** 2;
  }
  return sum;
}

function counterpart(params: Params, name: string, like: FloatTensor, who: string): FloatTensor {
  const found = params.get(name);
  if (!found) throw new Error(`${who}: parameter ${name} is missing on one side`);
  if (found.dims.join() !== like.dims.join()) {
    throw new Error(`${who}: ${name} must have shape [${like.dims.join(', ')}], got [${found.dims.join(', ')}]`);
  }
  return found;
}
