import type { Outcomes } from './outcomes.js';

/** How unsure a group of networks is about each image. All in [0, 1]. */
export interface Ambiguity {
  /** Share of pairs of networks that predict different labels; 0 with a single network. */
  readonly disagreement: Float64Array;
  /** Mean over networks of the probability of the first choice minus that of the second. */
  readonly margin: Float64Array;
  /** Mean of the parts that were asked for, of the margin 1 − margin. By default (disagreement + 1 − margin) / 2: where one role errs and the other does not, disagreement alone hardly varies. */
  readonly ambiguity: Float64Array;
}

/** What ambiguity is made of. */
export const AMBIGUITY_PARTS = ['disagreement', 'margin'] as const;
export type AmbiguityPart = (typeof AMBIGUITY_PARTS)[number];

/** Ambiguity of images over all trained networks (ours). At least one network. */
export function ambiguityOf(networks: readonly Outcomes[], parts: readonly AmbiguityPart[] = AMBIGUITY_PARTS): Ambiguity {
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
    // the default to the bit as before there was a choice: (disagreement + 1 − margin) / 2
    const add = { disagreement: (sum: number) => sum + disagreement[i]!, margin: (sum: number) => sum + 1 - margin[i]! };
    ambiguity[i] = parts.reduce((sum, part) => add[part](sum), 0) / parts.length;
  }
  return { disagreement, margin, ambiguity };
}
