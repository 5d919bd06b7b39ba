import type { Rule, Rules } from './rule.js';
import { ACTIVATIONS } from './rules/activations.js';
import { ARITHMETIC } from './rules/arithmetic.js';
import { BATCH_NORMALIZATION } from './rules/batch-normalization.js';
import { CONVOLUTION } from './rules/convolution.js';
import { EINSUM } from './rules/einsum.js';
import { FLAT } from './rules/flat.js';
import { FUNCTIONS } from './rules/functions.js';
import { LAYOUT } from './rules/layout.js';
import { MATRICES } from './rules/matrix.js';
import { NORMALIZATIONS } from './rules/normalization.js';
import { POOLING } from './rules/pooling.js';
import { REDUCTIONS } from './rules/reduction.js';
import { RESIZING } from './rules/resize.js';
import { SELECTION } from './rules/selection.js';

const FAMILIES: readonly Rules[] = [
  ACTIVATIONS,
  ARITHMETIC,
  BATCH_NORMALIZATION,
  CONVOLUTION,
  EINSUM,
  FLAT,
  FUNCTIONS,
  LAYOUT,
  MATRICES,
  NORMALIZATIONS,
  POOLING,
  REDUCTIONS,
  RESIZING,
  SELECTION,
];

/** Gradient rule of every op that has one; null: declared flat. To add an op: one entry in its family, one case in the test. */
export const RULES: ReadonlyMap<string, Rule | null> = new Map(FAMILIES.flatMap((rules) => Object.entries(rules)));
