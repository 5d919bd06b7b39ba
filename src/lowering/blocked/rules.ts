import type { BlockedRules } from './rule.js';
import { BATCH_NORMALIZATION } from './rules/batch-normalization.js';
import { CONVOLUTION } from './rules/convolution.js';
import { ELEMENTWISE } from './rules/elementwise.js';
import { POOLING } from './rules/pooling.js';
import { REDUCTION } from './rules/reduction.js';

/** Op → how to run it in the blocked layout. Whatever is not here, or says no, runs in the standard layout. */
export const BLOCKED_RULES: BlockedRules = { ...BATCH_NORMALIZATION, ...CONVOLUTION, ...ELEMENTWISE, ...POOLING, ...REDUCTION };
