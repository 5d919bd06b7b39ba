import type { Outcomes } from './outcomes.js';

/** How unsure a group of networks is about each image. All in [0, 1]. */
export interface Ambiguity {
  /** Share of pairs of networks that predict different labels; 0 with a single network. */
  readonly disagreement: Float64Array;
  /** Mean over networks of the probability of the first choice minus that of the second. */
  readonly margin: Float64Array;
  /** (disagreement + 1 − margin) / 2. Neither part alone will do: where one role errs and the other does not, disagreement hardly varies. */
  readonly ambiguity: Float64Array;
}

/** Ambiguity of images over all trained networks (ours). At least one network. */
export function ambiguityOf(networks: readonly Outcomes[]): Ambiguity {
  const n = networks[0]!.predicted.length;
  const disagreement = new Float64Array(n);
  const margin = new Float64Array(n);
  const ambiguity = new Float64Array(n);
  const pairs = (networks.length * (networks.length - 1)) / 2;
  for (let i = 0; i < n; i++) {
    let [different, sum] = [0, 0];
    for (const [k, { predicted, margin }] of networks.entries()) {
      sum += margin[i]!;
      for (let j = 0; j < k; j++) if (networks[j]!.predicted[i] !== predicted[i]) different++;
    }
    disagreement[i] = pairs === 0 ? 0 : different / pairs;
    margin[i] = sum / networks.length;
    ambiguity[i] = (disagreement[i]! + 1 - margin[i]!) / 2;
  }
  return { disagreement, margin, ambiguity };
}
