import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyses } from '../../src/analyses/registry.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { checkStudy, parseStudy } from '../../src/study/parse.js';
import { DEMO } from './demo-study.js';

/** `line:column message` of every problem. */
function problems(text: string): string[] {
  const checked = checkStudy(text, 'study.yaml');
  assert.ok('problems' in checked, 'the study must be refused');
  return checked.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** The demo with one thing changed. */
function changed(from: string, to: string): string {
  assert.ok(DEMO.includes(from), from);
  return DEMO.replace(from, to);
}

test('the demo study, with every default filled in', () => {
  const study = parseStudy(DEMO, 'study.yaml');
  assert.equal(study.name, 'emoji-demo');
  assert.deepEqual(study.pretrain, {
    on: 'source',
    seeds: { init: 1_000_001, order: 1 },
    recipe: { ...DEFAULT_RECIPE, epochs: 30, rate: 0.1, batch: 64, augment: [{ crop: { padding: 3 } }, { flip: true }] },
  });
  assert.deepEqual(
    study.arms.map(({ role, seeds, from, recipe }) => [role, seeds.length, from, recipe.batch, recipe.rate]),
    [
      ['P-T', 2, 'final', 32, 0.03],
      ['RI-T', 2, null, 32, 0.1],
    ],
  );
  assert.deepEqual(
    study.analyses.map(({ name }) => name),
    ['learning-curves', 'mistakes', 'cka', 'distance', 'interpolation'],
  );
  assert.equal(study.seed, 1);
});

test('seeds apart, schedules by name or with options, analyses by name', () => {
  const study = parseStudy(
    DEMO.replace('P-T:  { seeds: [1, 2]', 'P-T:  { seeds: [{ init: 1, order: 2 }, 3]')
      .replace('epochs: 40, rate: 0.03', 'epochs: 40, schedule: { name: multi-step, drops: [20] }')
      .replace('epochs: 40, rate: 0.1', 'epochs: 40, schedule: constant')
      .replace(/analyses:[^]*?seed: 1/, 'analyses: [distance, cka: { estimator: biased }]\nseed: 7'),
    'study.yaml',
  );
  assert.deepEqual(study.arms[0]!.seeds, [
    { init: 1, order: 2 },
    { init: 3, order: 3 },
  ]);
  assert.deepEqual(study.arms[0]!.recipe.schedule, { name: 'multi-step', warmup: 0.05, drops: [20], factor: 0.1 });
  assert.deepEqual(study.arms[1]!.recipe.schedule, { name: 'constant', warmup: 0.05 });
  assert.deepEqual(
    study.analyses.map(({ name }) => name),
    ['cka', 'distance'],
  );
  assert.equal(study.analyses[0]!.options['estimator'], 'biased');
  assert.equal(study.seed, 7);
});

test('JSON is read as well, and anchors may share parts', () => {
  const anchored = parseStudy(
    DEMO.replace('recipe: { epochs: 40, rate: 0.03 }', 'recipe: &fine { epochs: 40, rate: 0.03 }').replace(
      'recipe: { epochs: 40, rate: 0.1 }',
      'recipe: { <<: *fine, rate: 0.2 }',
    ),
    'study.yaml',
  );
  assert.equal(anchored.arms[1]!.recipe.rate, 0.2);
  assert.equal(anchored.arms[1]!.recipe.epochs, 40);
  const json = JSON.stringify({
    carryover: 1,
    name: 'j',
    network: { architecture: 'mlp' },
    data: { a: { dataset: 'emoji', domains: ['noto'] } },
    targets: ['a'],
    arms: { 'RI-T': { seeds: [1] } },
  });
  assert.equal(parseStudy(json, 'study.json').name, 'j');
});

const MISTAKES: readonly (readonly [what: string, from: string, to: string, at: string, message: string])[] = [
  [
    'a misspelt key',
    'recipe: { batch: 32',
    'recipe: { bacth: 32',
    'bacth',
    'recipe: unknown key "bacth"; there are: epochs, batch, rate, schedule, optimizer, momentum, nesterov, betas, eps, weightDecay, noDecay, clip, multipliers, layerDecay, frozen, batchNorm, mixup, loss, augment, checkpoints; did you mean batch?',
  ],
  [
    'a misspelt section',
    'targets:',
    'target:',
    'target:',
    'study: unknown key "target"; there are: carryover, name, title, compare, network, data, recipe, pretrain, initial, targets, arms, analyses, seed, assume; did you mean targets?',
  ],
  [
    'an unknown architecture',
    'fixup-resnet',
    'fixup-resent',
    'fixup-resent',
    'network.architecture: unknown architecture "fixup-resent"; there are: fixup-resnet, mlp, onnx, resnet, vit; did you mean fixup-resnet?',
  ],
  [
    'an unknown option of a network',
    'widths:',
    'width:',
    'width:',
    'network: fixup-resnet: unknown option "width"; there are: depth, widths, blocks, block, stem, zeroFcInit; did you mean widths?',
  ],
  [
    'a value that a network refuses',
    'stem: 3x3',
    'stem: 5x5',
    'stem:',
    'network: fixup-resnet: stem: unknown value "5x5"; there are: 3x3, 7x7; did you mean 3x3?',
  ],
  [
    'a block that does not tile the images',
    'domains: [outline] }',
    'domains: [outline], shuffle: { block: 5 } }',
    'shuffle:',
    "data.outline: shuffle: block must divide the image's sides 32x32, got 5",
  ],
  [
    'an unknown kind of data',
    'dataset: emoji, domains: [openmoji]',
    'dataset: emojis, domains: [openmoji]',
    'emojis',
    'data.openmoji.dataset: unknown dataset "emojis"; there are: chexpert, csv, domainnet, emoji, folder, folders, idx, imagenet; did you mean emoji?',
  ],
  [
    'an unknown option of data',
    'domains: [outline]',
    'domain: [outline]',
    'domain:',
    'data.outline: emoji: unknown option "domain"; there are: domains, labels, size, shuffle, shuffleLabels, normalize; did you mean domains?',
  ],
  [
    'a size that emoji are not rendered in',
    'outline: { dataset: emoji,',
    'outline: { dataset: emoji, size: 16,',
    'size: 16',
    'data.outline: emoji: size: must be one that outline is rendered in (32), got 16',
  ],
  [
    'an unknown style of emoji',
    'domains: [outline]',
    'domains: [outlin]',
    'domains: [outlin]',
    'data.outline: emoji: domains: unknown value "outlin"; there are: fluent3d, noto, twemoji, openmoji, fluentflat, outline, silhouette; did you mean outline?',
  ],
  [
    'an unknown analysis',
    'learning-curves: {}',
    'learning-curve: {}',
    'learning-curve:',
    `analyses: unknown analysis "learning-curve"; there are: ${Object.keys(analyses).join(', ')}; did you mean learning-curves?`,
  ],
  [
    'an unknown option of an analysis',
    'points: 11',
    'point: 11',
    'point:',
    'analyses: interpolation: unknown option "point"; there are: at, points, extrapolate, splits, trainSamples, batchNormImages, oneBasin, resamples, withP; did you mean points?',
  ],
  [
    'a value that an analysis refuses',
    'points: 11',
    'points: 1',
    'points:',
    'analyses: interpolation: points: must be a whole number ≥ 2, got 1',
  ],
  [
    'an unknown transform',
    '{ flip: true }',
    '{ flipp: true }',
    '{ flipp',
    'recipe.augment[1]: augment: unknown transform "flipp"; there are: centerCrop, crop, flip, randomResizedCrop, resize; did you mean flip?',
  ],
  [
    'a target that is not there',
    '[openmoji, outline]\n',
    '[openmoji, outlin]\n',
    'outlin]',
    'targets[1]: unknown data set "outlin"; there are: source, openmoji, outline; did you mean outline?',
  ],
  [
    'a source that is not there',
    'on: source',
    'on: sauce',
    'sauce',
    'pretrain.on: unknown data set "sauce"; there are: source, openmoji, outline; did you mean source?',
  ],
  ['a target twice', '[openmoji, outline]\n', '[outline, outline]\n', 'outline]\n', 'targets: must differ, got "outline" twice'],
  [
    'a seed twice',
    'P-T:  { seeds: [1, 2]',
    'P-T:  { seeds: [1, { init: 1, order: 1 }]',
    '{ init',
    'arms.P-T.seeds: must differ, got {"init":1,"order":1} twice',
  ],
  ['a text for a number', 'epochs: 30', 'epochs: thirty', 'thirty', 'pretrain.recipe.epochs: must be a number, got "thirty"'],
  ['a fraction for a count', 'epochs: 30', 'epochs: 1.5', '1.5', 'pretrain.recipe.epochs: must be a whole number, got 1.5'],
  ['a rate of zero', 'rate: 0.03', 'rate: 0', '0 } }', 'arms.P-T.recipe.rate: must be > 0, got 0'],
  ['a batch of zero', 'batch: 64', 'batch: 0', '0 } }', 'pretrain.recipe.batch: must be ≥ 1, got 0'],
  ['a mapping for a list', 'targets: [openmoji, outline]', 'targets: openmoji', 'openmoji\n', 'targets: must be a list, got "openmoji"'],
  [
    'an unknown checkpoint',
    'from: final',
    'from: finale',
    'finale',
    'arms.P-T.from: unknown value "finale"; there are: best, final; did you mean final?',
  ],
  [
    'an unknown schedule',
    'rate: 0.03',
    'schedule: cosin',
    'cosin',
    'arms.P-T.recipe.schedule: unknown schedule "cosin"; there are: constant, cosine; did you mean cosine?',
  ],
  [
    'a key of another schedule',
    'rate: 0.03',
    'schedule: { name: cosine, drops: [1] }',
    'drops',
    'arms.P-T.recipe.schedule: unknown key "drops"; there are: name, warmup',
  ],
  ['a bad pattern', 'rate: 0.03', "frozen: ['(']", "'('", 'arms.P-T.recipe.frozen[0]: must be a regular expression, got "("'],
  [
    'a seed of another kind',
    'P-T:  { seeds: [1, 2]',
    'P-T:  { seeds: [1, x]',
    'x]',
    'arms.P-T.seeds[1]: must be a whole number or { init, order }, got "x"',
  ],
  ['a rate that is no number', 'rate: 0.03', 'rate: .nan', '.nan', 'arms.P-T.recipe.rate: must be a number, got NaN'],
  [
    'a checkpoint after the last epoch',
    'rate: 0.03',
    'checkpoints: [1, 99]',
    '99',
    'arms.P-T.recipe.checkpoints[1]: must be at most the 40 epochs, got 99',
  ],
  [
    'checkpoints less often than epochs',
    'rate: 0.03',
    'checkpoints: { every: 99 }',
    '99',
    'arms.P-T.recipe.checkpoints.every: must be at most the 40 epochs, got 99',
  ],
  [
    'missing seeds',
    'RI-T: { seeds: [1, 2], ',
    'RI-T: { ',
    'RI-T',
    'arms.RI-T: must have seeds (trained here) or checkpoints (trained elsewhere), got neither',
  ],
  ['another version', 'carryover: 1', 'carryover: 2', '2', 'carryover: must be 1, got 2'],
  [
    'a name that is no file name',
    'emoji-demo',
    '../demo',
    '../demo',
    'name: must be letters, digits, ".", "_" or "-", and begin with one of the first two, got "../demo"',
  ],
  [
    'a key twice',
    'targets: [openmoji, outline]',
    'targets: [openmoji]\ntargets: [outline]',
    'targets: [outline]',
    'key must not stand twice, got targets again',
  ],
];

for (const [what, from, to, at, message] of MISTAKES) {
  test(`${what} is named with its place`, () => {
    const text = changed(from, to);
    const found = problems(text).find((line) => line.endsWith(` ${message}`));
    assert.equal(found, `${placeOf(text, at, to)} ${message}`, problems(text).join('\n'));
  });
}

/** line:column where `at` begins, from the start of the line that `near` begins in. */
function placeOf(text: string, at: string, near: string): string {
  const from = text.lastIndexOf('\n', text.indexOf(near)) + 1;
  const before = text.slice(0, text.indexOf(at, from)).split('\n');
  return `${before.length}:${before.at(-1)!.length + 1}`;
}

test('P-T needs a pretrain section, and arms need one arm', () => {
  const without = DEMO.replace(/pretrain:.*\n/, '');
  assert.deepEqual(problems(without), ['11:3 arms.P-T: must have a pretrain section to start from, got none']);
  assert.deepEqual(problems(DEMO.replace(/arms:\n.*\n.*\n/, 'arms: {}\n')), [
    '11:7 arms: must have P-T, RI-T or a role of your own, got none',
  ]);
});

test('several mistakes are told together, in the order of the file', () => {
  const text = DEMO.replace('fixup-resnet', 'fixup')
    .replace('bacth', 'batch')
    .replace('batch: 64', 'batch: -1')
    .replace('points: 11', 'pionts: 11');
  assert.deepEqual(
    problems(text).map((line) => line.replace(/[:;,].*$/s, '')),
    ['3', '9', '19'],
  );
});

test('every option of an analysis that is wrong is told, each at its place', () => {
  const text = DEMO.replace(
    'mistakes: {}',
    'mistakes: { at: bst, resamples: -3, bar: 1 }\n  freezing: { verify: maybe, margin: x }',
  ).replace('stem: 3x3', 'stem: 5x5, foo: 1');
  const at = (word: string) => placeOf(text, word, word);
  assert.deepEqual(
    problems(text).map((line) => line.replace(/; there are.*$/s, '')),
    [
      `${at('stem: 5x5')} network: fixup-resnet: stem: unknown value "5x5"`,
      `${at('foo: 1')} network: fixup-resnet: unknown option "foo"`,
      `${at('at: bst')} analyses: mistakes: at: unknown value "bst"`,
      `${at('resamples: -3')} analyses: mistakes: resamples: must be a whole number ≥ 1, got -3`,
      `${at('bar: 1')} analyses: mistakes: unknown option "bar"`,
      `${at('verify: maybe')} analyses: freezing: verify must be true or false, got "maybe"`,
      `${at('margin: x')} analyses: freezing: margin: must be a number in [0, 1], got "x"`,
    ],
  );
});

/** The demo (40 epochs on two targets) with one analysis, of 32-pixel images. */
const asking = (analysis: string): string => DEMO.replace(/analyses:[^]*?seed: 1/, `analyses:\n  distance: {}\n  ${analysis}\nseed: 1`);

test('what an analysis asks for and the study will not have is told before anything is trained, with its place', () => {
  const kept = 'an epoch that P-T.1 keeps (0, 40; checkpoints of its recipe add others up to 40)';
  for (const [analysis, at, message] of [
    [
      'plane: { through: [[P-T.9@2, P-T.1, P-T.2]] }',
      'through',
      'plane: through: unknown run "P-T.9"; there are: P, P-T.1, P-T.2, RI-T.1, RI-T.2; did you mean P-T.1?, got P-T.9@2',
    ],
    ['plane: { through: [[P-T.1@7, P-T.1, P-T.2]] }', 'through', `plane: through: must be ${kept}, got P-T.1@7`],
    ['rewind: { to: [0, 41] }', 'to: [0', `rewind: to: must be ${kept}, got 41`],
    ['block-shuffle: { sizes: [5] }', 'sizes', 'block-shuffle: sizes must divide the image side 32 of openmoji, got 5'],
    ['checkpoint-choice: { epochs: [1, 99] }', 'epochs: [1', "checkpoint-choice: epochs must be at most pre-training's 30, got 99"],
  ] as const) {
    const text = asking(analysis);
    assert.ok(problems(text).includes(`${placeOf(text, at, analysis)} analyses: ${message}`), problems(text).join('\n'));
  }
  for (const fine of ['plane: { through: [[P-T.1@initial, P-T.1@40, P-T.2@best]] }', 'rewind: { to: [0, 40] }', 'rewind: { to: saved }'])
    assert.ok('study' in checkStudy(asking(fine), 'study.yaml'), fine);
  // pre-training keeps what checkpoint-choice starts from
  assert.ok('study' in checkStudy(asking('plane: { through: [[P@3, P@1, P]] }\n  checkpoint-choice: { epochs: [1, 3] }'), 'study.yaml'));
});

test('a wrong option does not hide what analyses ask for and the study will not have', () => {
  const text = asking('interpolation: { points: 1 }\n  plane: { points: none, through: [[P-T.1@7, P-T.1, P-T.2]] }');
  assert.deepEqual(
    problems(text).map((line) => line.replace(/ \(0, 40.*\)/, '')),
    [
      `${placeOf(text, 'points: 1', 'points: 1')} analyses: interpolation: points: must be a whole number ≥ 2, got 1`,
      `${placeOf(text, 'points: none', 'points: none')} analyses: plane: points: must be a whole number ≥ 3, got "none"`,
      `${placeOf(text, 'through', 'through')} analyses: plane: through: must be an epoch that P-T.1 keeps, got P-T.1@7`,
    ],
  );
  // what pre-training will keep is not known before this one is right
  const open = asking('plane: { through: [[P@3, P@1, P]] }\n  checkpoint-choice: { epochs: [1, 99.5] }');
  assert.deepEqual(problems(open).map((line) => /analyses: ([\w-]+)/.exec(line)![1]), ['checkpoint-choice']); // prettier-ignore
});

test('broken YAML and what is no mapping', () => {
  assert.match(problems('a: [1, 2')[0]!, /^1:9 /);
  assert.deepEqual(problems('just words'), ['1:1 study: must be a mapping, got "just words"']);
  assert.deepEqual(problems(''), ['1:1 study: must be a mapping, got null']);
  assert.match(problems('a: *nowhere')[0]!, /nowhere/);
});

test('of many mistakes twenty are listed', () => {
  const text = `${DEMO}${Array.from({ length: 30 }, (_, i) => `wrong${i}: 1`).join('\n')}\n`;
  assert.throws(
    () => parseStudy(text, 's.yaml'),
    ({ message }: Error) => message.split('\n').length === 21 && message.endsWith('\nand 10 more'),
  );
});

test('parseStudy throws an InputError with a line a mistake', () => {
  assert.throws(() => parseStudy(changed('batch: 64', 'batch: 0').replace('rate: 0.03', 'rate: 0'), 'dir/study.yaml'), {
    name: 'InputError',
    message:
      'dir/study.yaml:9:74: pretrain.recipe.batch: must be ≥ 1, got 0\ndir/study.yaml:12:67: arms.P-T.recipe.rate: must be > 0, got 0',
  });
});
