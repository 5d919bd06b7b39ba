/** FᵀF [size, size] of features [n, size], in float64. */
export function columnProducts(features: ArrayLike<number>, n: number, size: number): Float64Array {
  const products = new Float64Array(size * size);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < size; a++) {
      const x = features[i * size + a]!;
      if (x !== 0) for (let b = 0; b <= a; b++) products[a * size + b]! += x * features[i * size + b]!;
    }
  }
  for (let a = 0; a < size; a++) for (let b = 0; b < a; b++) products[b * size + a] = products[a * size + b]!;
  return products;
}
