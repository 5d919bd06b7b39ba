/** Features of images, row after row, with their labels. */
export interface Labelled {
  /** float32 [n, size]. */
  readonly features: Float32Array;
  readonly size: number;
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Features of images, and columns of zeros and ones that are explained by them. */
export interface Design {
  /** float32 [n, size]. */
  readonly features: Float32Array;
  readonly size: number;
  /** 0 or 1, [n, columns]. */
  readonly targets: Uint8Array;
  readonly columns: number;
}

/** A column a class. */
export function oneHot({ features, size, labels, classes }: Labelled): Design {
  const targets = new Uint8Array(labels.length * classes);
  for (const [i, label] of labels.entries()) targets[i * classes + label] = 1;
  return { features, size, targets, columns: classes };
}

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
