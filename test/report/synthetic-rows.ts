// Rows of a study that never ran, as the analyses make them, plausible in size and shape.
import type { TablesOf } from '../../src/analyses/rows.js';
import type { Random } from '../../src/tensor/random.js';
import { ITEMS } from './emoji.js';

const EPOCHS = 40;
export const TEST = 312;
export const MODULES = ['stem', 'layer1', 'layer2', 'layer3', 'head'];

/** What the generator should make a target look like; accuracies are those after training. */
export interface Character {
  readonly target: string;
  readonly pretrained: number;
  readonly random: number;
}
export const NEAR: Character = { target: 'openmoji', pretrained: 0.497, random: 0.431 };
export const FAR: Character = { target: 'outline', pretrained: 0.439, random: 0.42 };

export const RUNS = [
  { run: 'P-T.1', role: 'P-T', seed: 1 },
  { run: 'P-T.2', role: 'P-T', seed: 2 },
  { run: 'RI-T.1', role: 'RI-T', seed: 1 },
  { run: 'RI-T.2', role: 'RI-T', seed: 2 },
];
const WITH_P = [...RUNS, { run: 'P', role: 'P', seed: 1 }];

const PAIRS = WITH_P.flatMap((a, i) => WITH_P.slice(i + 1).map((b) => ({ a: a.run, b: b.run, pair: `${a.role} & ${b.role}` })));
const TRAINED = PAIRS.filter(({ b }) => b !== 'P');

export const half = (p: number, n = TEST) => 1.96 * Math.sqrt((p * (1 - p)) / n);
export const around = (value: number, width: number) => ({ low: value - width, high: value + width });

export function learningCurves({ target, pretrained, random: scratch }: Character, draw: Random): TablesOf['learning-curves'] {
  const goal = (role: string) => (role === 'P-T' ? pretrained : scratch);
  const epochs = RUNS.flatMap(({ run, role, seed }) =>
    Array.from({ length: EPOCHS + 1 }, (_, epoch) => {
      const progress = 1 - Math.exp(-epoch / (role === 'P-T' ? 7 : 15));
      return ['train', 'val', 'test'].map((split) => {
        const top = split === 'train' ? goal(role) + 0.3 : goal(role) + 0.01;
        const accuracy = Math.min(1, Math.max(0.03, 0.05 + (top - 0.05) * progress + 0.012 * draw.normal()));
        return {
          target,
          run,
          role,
          seed,
          epoch,
          split,
          loss: 2.9 - 2.2 * accuracy,
          accuracy,
          rate: 0.05 * (1 + Math.cos((Math.PI * epoch) / EPOCHS)),
        };
      });
    }).flat(),
  );
  const runs = ['best', 'final'].flatMap((at) =>
    RUNS.map(({ run, role, seed }) => {
      const accuracy = Math.round((goal(role) + (seed - 1.5) * 0.016) * TEST) / TEST;
      return {
        target,
        run,
        role,
        seed,
        at,
        epoch: at === 'final' ? EPOCHS : 31,
        n: TEST,
        accuracy,
        ...around(accuracy, half(accuracy)),
        chance: 0.17,
        loss: 1.7,
        speed: role === 'P-T' ? 0.61 : 0.43,
        interval: 'percentile bootstrap over images, 1000 resamples',
      };
    }),
  );
  const gap = (metric: string, at: string, p: number, r: number, width: number, interval: string) => ({
    target,
    metric,
    at,
    pretrained: p,
    random: r,
    gap: p - r,
    ...around(p - r, width),
    relative: (p - r) / p,
    reason: null,
    n: TEST,
    runs: 4,
    chance: 0.17,
    interval,
  });
  return {
    epochs,
    runs,
    gaps: [
      ...['best', 'final'].map((at) =>
        gap(
          'accuracy',
          at,
          pretrained,
          scratch,
          0.043,
          'paired percentile bootstrap over images, 1000 resamples, the same draws for all runs',
        ),
      ),
      gap('speed', 'all epochs', pretrained + 0.11, scratch - 0.01, 0.031, "Welch's t-interval over runs"),
    ],
  };
}

export function mistakes({ target, pretrained, random: scratch }: Character, draw: Random): TablesOf['mistakes'] {
  const right = (role: string) => (role.startsWith('P-T') ? pretrained : scratch);
  const rows = TRAINED.map(({ a, b, pair }) => {
    const kappa = { 'P-T & P-T': 0.71, 'P-T & RI-T': 0.44, 'RI-T & RI-T': 0.48 }[pair]! + 0.02 * draw.normal();
    const [p, q] = [right(a), right(b)];
    const chance = p * q + (1 - p) * (1 - q);
    const same = chance + kappa * (1 - chance);
    const bothRight = Math.round((TEST * (same + p + q - 1)) / 2);
    const [onlyB, onlyA] = [Math.round(TEST * p) - bothRight, Math.round(TEST * q) - bothRight];
    return {
      target,
      a,
      b,
      pair,
      at: 'final',
      n: TEST,
      bothRight,
      bothWrong: TEST - bothRight - onlyA - onlyB,
      onlyAWrong: onlyA,
      onlyBWrong: onlyB,
      kappa,
      kappaLow: kappa - 0.085,
      kappaHigh: kappa + 0.08,
      reason: null,
      mcnemarP: pair === 'P-T & RI-T' ? 0.021 : 0.61,
      agreement: same - 0.1,
      agreementLow: same - 0.15,
      agreementHigh: same - 0.05,
      sharedMistakeAgreement: 0.6,
      sharedLow: 0.52,
      sharedHigh: 0.67,
    };
  });
  const classes = [...new Set(ITEMS.map((item) => item.cls))].sort();
  const perClass = TRAINED.flatMap(({ a, b, pair }) =>
    classes.map((name) => ({
      target,
      a,
      b,
      pair,
      class: name,
      n: 17,
      bothRight: draw.integer(9),
      bothWrong: draw.integer(6),
      onlyAWrong: 1,
      onlyBWrong: 1,
    })),
  );
  const classGaps = classes.map((name) => {
    const [onlyPretrainedWrong, onlyRandomWrong] = [draw.integer(5) / 17, draw.integer(7) / 17];
    const gain = onlyRandomWrong - onlyPretrainedWrong;
    return { target, class: name, n: 17, onlyPretrainedWrong, onlyRandomWrong, gain, ...around(gain, 0.15), reason: null };
  });
  const test = ITEMS.filter((item) => item.split === 'test');
  const order = draw.permutation(test.length);
  let at = 0;
  const sizes: Record<string, number> = { 'only P-T wrong': 14, 'only RI-T wrong': 31, 'all wrong': 48, 'all right': 48, mixed: 48 };
  const images = Object.entries(sizes).flatMap(([group, size]) =>
    Array.from({ length: size }, (_, k) => {
      const item = test[order[at++]!]!;
      const other = () => classes[draw.integer(classes.length)]!;
      const says = (wrong: boolean) => (wrong ? [...new Set([other(), other()])].join(', ') : item.cls);
      const ambiguity = 0.2 + (0.6 * k) / size;
      return {
        target,
        image: item.code,
        label: item.cls,
        group,
        rank: k + 1,
        ambiguity,
        disagreement: ambiguity,
        margin: 1 - ambiguity,
        pretrainedSays: says(/P-T w|all w/.test(group) && !group.includes('RI')),
        randomSays: says(/RI-T w|all w/.test(group)),
      };
    }),
  );
  const mean = (group: string, n: number, ambiguity: number, width: number) => ({
    target,
    group,
    n,
    ambiguity,
    ...around(ambiguity, width),
    reason: null,
  });
  const shift = target === NEAR.target ? 0.09 : 0.02;
  return {
    pairs: rows,
    contrasts: [
      {
        target,
        at: 'final',
        pair: 'P-T & P-T',
        other: 'P-T & RI-T',
        difference: 0.27,
        ...around(0.27, 0.09),
        n: TEST,
        pairs: 1,
        others: 4,
        reason: null,
      },
    ],
    classes: perClass,
    classGaps,
    images,
    ambiguity: [
      mean('only P-T wrong', 14, 0.46 + shift, 0.06),
      mean('only RI-T wrong', 31, 0.46, 0.04),
      mean('difference', 45, shift, 0.07),
    ],
    ambiguityTest: [
      {
        target,
        onlyPretrained: 14,
        onlyRandom: 31,
        cliffsDelta: 4 * shift,
        deltaLow: 4 * shift - 0.3,
        deltaHigh: 4 * shift + 0.3,
        p: 0.04,
        permutations: 9999,
        reason: null,
      },
    ],
  };
}

export function cka({ target }: Character, draw: Random): TablesOf['cka'] {
  const level: Record<string, readonly number[]> = {
    'P-T & P-T': [0.98, 0.94, 0.9, 0.83, 0.86],
    'P-T & RI-T': [0.6, 0.42, 0.35, 0.33, 0.62],
    'RI-T & RI-T': [0.65, 0.45, 0.38, 0.36, 0.66],
    'P-T & P': [0.97, 0.91, 0.84, 0.66],
    'RI-T & P': [0.58, 0.4, 0.31, 0.26],
  };
  return {
    similarities: PAIRS.flatMap(({ a, b, pair }) =>
      level[pair]!.map((value, depth) => {
        const drawn = Math.min(1, value + 0.015 * draw.normal());
        return {
          target,
          a,
          b,
          pair,
          at: 'final',
          module: MODULES[depth]!,
          depth,
          value: drawn,
          low: drawn - 0.03,
          high: Math.min(1, drawn + 0.03),
          reason: null,
          n: TEST,
          p: [16384, 16384, 8192, 4096, 18][depth]!,
          estimator: 'debiased',
          features: 'flatten',
          baseline: 0,
        };
      }),
    ),
    layers: ['P-T & P-T', 'RI-T & RI-T', 'P-T & P'].flatMap((pair) => {
      const { a, b } = PAIRS.find((each) => each.pair === pair)!;
      return MODULES.flatMap((moduleA, depthA) =>
        MODULES.slice(0, b === 'P' ? 4 : 5).map((moduleB, depthB) => {
          const value = level[pair]![Math.min(depthA, depthB, 3)]! * 0.8 ** Math.abs(depthA - depthB);
          const place = { moduleA, depthA, moduleB, depthB };
          return { target, a, b, pair, at: 'final', ...place, value, ...around(value, 0.03), reason: null, n: TEST, estimator: 'debiased' };
        }),
      );
    }),
  };
}

export function distance({ target }: Character, draw: Random): TablesOf['distance'] {
  const length: Record<string, number> = { 'P-T & P-T': 9.6, 'P-T & RI-T': 27.4, 'RI-T & RI-T': 29.8, 'P-T & P': 8.1, 'RI-T & P': 26.9 };
  const part = [0.08, 0.25, 0.45, 0.84, 0.15];
  return {
    distances: PAIRS.flatMap(({ a, b, pair }) => {
      const withHead = b !== 'P';
      const l2 = length[pair]! * (1 + 0.02 * draw.normal());
      const row = (scope: string, module: string, depth: number, size: number, weights: number) => ({
        target,
        a,
        b,
        pair,
        at: 'final',
        scope,
        module,
        depth,
        l2: size,
        rms: size / Math.sqrt(weights),
        relative: size / 21,
        cosine: pair === 'P-T & P-T' ? 0.62 : null,
        weights,
        head: withHead ? 'included' : 'left out',
        leftOut: 0,
      });
      return [
        row('network', '', -1, l2, 78042),
        ...MODULES.slice(0, withHead ? 5 : 4).map((module, depth) => row('module', module, depth, l2 * part[depth]!, 432 * 4 ** depth)),
      ];
    }),
  };
}

export function interpolation({ target, pretrained, random: scratch }: Character): TablesOf['interpolation'] {
  const right = (run: string) => (run.startsWith('P-T') ? pretrained : scratch);
  const fall: Record<string, number> = { 'P-T & P-T': 0.008, 'P-T & RI-T': 0.36, 'RI-T & RI-T': 0.34 };
  const paths = TRAINED.flatMap(({ a, b, pair }) =>
    ['train', 'test'].flatMap((split) =>
      Array.from({ length: 41 }, (_, k) => {
        const lambda = (k - 10) / 20;
        const outside = Math.max(0, -lambda, lambda - 1);
        const bump = Math.sin(Math.PI * Math.min(1, Math.max(0, lambda))) ** 0.7;
        const line = (1 - lambda) * right(a) + lambda * right(b) + (split === 'train' ? 0.3 : 0);
        const accuracy = Math.max(
          0.06,
          line - fall[pair]! * bump * (split === 'train' ? 1.6 : 1) - outside * (pair === 'P-T & P-T' ? 0.1 : 0.75),
        );
        const loss = 2.9 - 2.4 * accuracy + 9 * outside ** 2;
        return {
          target,
          a,
          b,
          pair,
          at: 'final',
          batchNorm: 'none',
          lambda,
          split,
          loss,
          lossLow: loss * 0.93,
          lossHigh: loss * 1.07,
          accuracy,
          accuracyLow: accuracy - half(accuracy),
          accuracyHigh: accuracy + half(accuracy),
          n: split === 'test' ? TEST : 1000,
        };
      }),
    ),
  );
  const barriers = TRAINED.flatMap(({ a, b, pair }) =>
    ['accuracy', 'loss'].flatMap((metric) =>
      ['line', 'mean'].map((definition) => {
        const barrier = metric === 'accuracy' ? fall[pair]! : 3 * fall[pair]!;
        return {
          target,
          a,
          b,
          pair,
          at: 'final',
          batchNorm: 'none',
          split: 'test',
          metric,
          definition,
          barrier,
          low: Math.max(0, barrier - 0.04),
          high: pair === 'P-T & P-T' ? 0.018 : barrier + 0.04,
          lambda: 0.5,
          n: TEST,
          oneBasin: metric === 'accuracy' && definition === 'line' ? pair === 'P-T & P-T' : null,
        };
      }),
    ),
  );
  return { paths, barriers };
}
