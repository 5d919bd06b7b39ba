import type { Rules } from '../rule.js';

/** Ops whose output is constant almost everywhere, or does not depend on an input's values. */
export const FLAT: Rules = {
  ConstantOfShape: null,
  Equal: null,
  Greater: null,
  Less: null,
  Not: null,
  OneHot: null,
  Shape: null,
  Sign: null,
};
