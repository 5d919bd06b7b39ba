import { float32 } from '../../src/tensor/tensor.js';

// What the fixtures of the optimizers hold: flat lists by parameter.

export type Named = Readonly<Record<string, readonly number[]>>;

export const params = (values: Named) => new Map(Object.entries(values).map(([name, list]) => [name, float32([list.length], list)]));
export const gradients = (values: Named) => new Map(Object.entries(values).map(([name, list]) => [name, Float32Array.from(list)]));
