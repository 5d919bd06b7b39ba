import { plain } from './case-forms.js';
import type { Case } from './check-gradient.js';

/** Uses of the normalizations over parts of one sample. */
export const NORMALIZATION_CASES: Readonly<Record<string, readonly Case[]>> = {
  InstanceNormalization: [
    plain('InstanceNormalization', [[2, 3, 4, 5], [3], [3]]),
    plain('InstanceNormalization', [[3, 2, 7], [2], [2]], { epsilon: 0.1 }),
  ],
  LayerNormalization: [
    plain('LayerNormalization', [[2, 3, 6], [6], [6]], { axis: -1 }),
    plain('LayerNormalization', [[5, 8], [8]], { epsilon: 0.1 }),
    plain(
      'LayerNormalization',
      [
        [2, 3, 4],
        [3, 4],
        [3, 4],
      ],
      { axis: 1 },
    ),
  ],
};
