/** The demo's form, with an entry of every kind. */
export const DEMO = `carryover: 1
name: emoji-demo
network: { architecture: fixup-resnet, widths: [16, 32, 64], blocks: [1, 1, 1], stem: 3x3 }
data:
  source: { dataset: emoji, domains: [noto, twemoji, fluent3d] }
  openmoji: { dataset: emoji, domains: [openmoji] }
  outline: { dataset: emoji, domains: [outline] }
recipe: { batch: 32, augment: [{ crop: { padding: 3 } }, { flip: true }] }
pretrain: { on: source, seed: 1, recipe: { epochs: 30, rate: 0.1, batch: 64 } }
targets: [openmoji, outline]
arms:
  P-T:  { seeds: [1, 2], from: final, recipe: { epochs: 40, rate: 0.03 } }
  RI-T: { seeds: [1, 2], recipe: { epochs: 40, rate: 0.1 } }
analyses:
  learning-curves: {}
  mistakes: {}
  cka: { estimator: debiased }
  distance: {}
  interpolation: { points: 11 }
seed: 1
`;
