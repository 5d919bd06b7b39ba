// What Neyshabur, Sedghi & Zhang 2020 (arXiv 2008.11687) measured, on DomainNet (real, clipart, quickdraw) and CheXpert with a Fixup-ResNet-50
// pre-trained on ImageNet. Sample counts and estimators of CKA are not given there: its order may come again, its values need not.

/** Relative gap in %, by side of the blocks at 224 pixels; '*': all values permuted (figure 3). */
export const RELATIVE_GAP = {
  sizes: ['*', '1', '2', '4', '7', '8', '14', '16', '28', '32', '56', '112', '224'],
  real: [16, 9, 3, 12, 31, 34, 45, 45, 52, 45, 52, 45, 42],
  clipart: [33, 22, 23, 22, 29, 33, 38, 41, 46, 45, 49, 43, 40],
  quickdraw: [91, 69, 30, 23, 20, 23, 24, 20, 25, 18, 26, 24, 22],
} as const;

/** CKA on CheXpert of conv1, layer1, …, layer4 (table 2). */
export const CKA = {
  'P-T & P-T': [0.671, 0.823, 0.6052, 0.4089, 0.1628],
  'P-T & P': [0.6225, 0.4592, 0.2896, 0.1877, 0.0453],
  'P-T & RI-T': [0.0036, 0.0011, 0.0022, 0.0003, 0.0808],
  'RI-T & RI-T': [0.0016, 0.0088, 0.0004, 0.0004, 0.0424],
} as const;

/** ℓ₂ distances between whole networks (table 3). */
export const DISTANCE = {
  CheXpert: { 'P-T & P-T': 200.12, 'RI-T & RI-T': 255.34, 'P-T & P': 237.31, 'RI-T & P': 598.19 },
  clipart: { 'P-T & P-T': 178.07, 'RI-T & RI-T': 822.43, 'P-T & P': 157.19, 'RI-T & P': 811.87 },
  quickdraw: { 'P-T & P-T': 218.52, 'RI-T & RI-T': 776.76, 'P-T & P': 195.44, 'RI-T & P': 785.22 },
  real: { 'P-T & P-T': 193.45, 'RI-T & RI-T': 815.08, 'P-T & P': 164.83, 'RI-T & P': 796.8 },
} as const;

/** Test accuracy in % at an end and midway of the straight line, on real (figure 5). */
export const INTERPOLATION = {
  'P-T & P-T': { end: 78.4, middle: 79.3 },
  'RI-T & RI-T': { end: 61.5, middle: 0.5 },
  'P-T & RI-T': { middle: 0.5 },
} as const;

/** The (ε, δ)-basin around two P-T runs (section 3.3). */
export const BASIN = {
  real: { epsilon: 0.0038, delta: 49.14 },
  clipart: { epsilon: 0.0054, delta: 98.28 },
  quickdraw: { epsilon: 0.0034, delta: 49.14 },
} as const;

/** Epochs of pre-training, and target accuracy in % after them on real (section 3.5). */
export const CHECKPOINTS = { of: 90, early: 59, accuracy: { 59: 78.4, 90: 78.4 }, quickdrawSaturates: 10 } as const;
