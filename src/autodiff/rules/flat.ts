import type { Rules } from '../rule.js';

/** Ops whose output is constant almost everywhere, or does not depend on an input's values. */
export const FLAT: Rules = {
  And: null,
  ArgMax: null,
  ArgMin: null,
  Ceil: null,
  ConstantOfShape: null,
  Equal: null,
  Floor: null,
  Greater: null,
  GreaterOrEqual: null,
  Less: null,
  LessOrEqual: null,
  Not: null,
  OneHot: null,
  Or: null,
  Round: null,
  Shape: null,
  Sign: null,
  Xor: null,
};
