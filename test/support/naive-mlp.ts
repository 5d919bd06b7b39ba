import type { Dataset, Split } from '../../src/data/dataset.js';
import type { Params } from '../../src/tensor/params.js';

/** Values of every layer of `mlp` for every image, in float64 with plain loops: 'fc1', …, and 'logits' last. */
export function naiveMlp(
  params: Params,
  { channels, height, width, mean, std }: Dataset,
  { pixels, ids }: Split,
): Map<string, Float64Array> {
  const plane = height * width;
  let x = Float64Array.from(pixels, (value, i) => {
    const c = Math.floor(i / plane) % channels;
    return (value / 255 - mean[c]!) / std[c]!;
  });
  const layers = new Map<string, Float64Array>();
  const names = [...params.keys()].filter((name) => name.endsWith('.weight')).map((name) => name.slice(0, -'.weight'.length));
  for (const name of names) {
    const [weight, bias] = [params.get(`${name}.weight`)!, params.get(`${name}.bias`)!];
    const [units, inputs] = weight.dims as [number, number];
    const y = new Float64Array(ids.length * units);
    for (let i = 0; i < ids.length; i++) {
      for (let u = 0; u < units; u++) {
        let sum = bias.data[u]!;
        for (let k = 0; k < inputs; k++) sum += weight.data[u * inputs + k]! * x[i * inputs + k]!;
        y[i * units + u] = name === 'fc' ? sum : Math.max(0, sum);
      }
    }
    layers.set(name === 'fc' ? 'logits' : name, y);
    x = y;
  }
  return layers;
}

export interface NaiveOutcome {
  readonly accuracy: number;
  readonly loss: number;
  readonly predicted: number[];
}

/** Accuracy and mean cross-entropy of logits. */
export function naiveOutcome(logits: Float64Array, labels: Int32Array): NaiveOutcome {
  const classes = logits.length / labels.length;
  const predicted: number[] = [];
  let [right, loss] = [0, 0];
  for (const [i, label] of labels.entries()) {
    const row = [...logits.subarray(i * classes, (i + 1) * classes)];
    predicted.push(row.indexOf(Math.max(...row)));
    if (predicted[i] === label) right++;
    loss -= Math.log(Math.exp(row[label]!) / row.reduce((sum, z) => sum + Math.exp(z), 0));
  }
  return { accuracy: right / labels.length, loss: loss / labels.length, predicted };
}
