import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransformSpec } from '../../../src/data/dataset.js';
import { normalizationTable, normalize } from '../../../src/data/transforms/normalize.js';
import { parseTransforms, transformedSize } from '../../../src/data/transforms/parse-transforms.js';
import { pipeline } from '../../../src/data/transforms/pipeline.js';
import { drawBox } from '../../../src/data/transforms/random-resized-crop.js';
import { InputError } from '../../../src/tensor/input-error.js';
import type { Random } from '../../../src/tensor/random.js';
import { random } from '../../../src/tensor/random.js';

/** 1 2 3 / 4 5 6 and, in the second channel, ten times that. */
const SHAPE = { channels: 2, height: 2, width: 3 };
const IMAGE = Uint8Array.from([1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60]);

/** A stream that gives these integers, and these uniform numbers. */
const scripted = ({ integers = [], uniforms = [] }: { integers?: number[]; uniforms?: number[] }): Random => ({
  ...random(0),
  integer: (n) => {
    const value = integers.shift()!;
    assert.ok(value < n, `integer(${n}) was to give ${value}`);
    return value;
  },
  uniform: () => uniforms.shift()!,
});

const run = (specs: TransformSpec[], rng: Random | null, image = IMAGE, shape = SHAPE) => [
  ...pipeline(parseTransforms(specs, shape))(image, rng),
];

test('crop: the window of the padded image at the drawn place', () => {
  // corner (0, 0) of the image padded by one
  assert.deepEqual(run([{ crop: { padding: 1, fill: 9 } }], scripted({ integers: [0, 0] })), [9, 9, 9, 9, 1, 2, 9, 9, 9, 9, 10, 20]);
  assert.deepEqual(
    run([{ crop: { padding: 1, fill: 'edge' } }], scripted({ integers: [0, 0] })),
    [1, 1, 2, 1, 1, 2, 10, 10, 20, 10, 10, 20],
  );
  assert.deepEqual(
    run([{ crop: { padding: 1, fill: 'white' } }], scripted({ integers: [2, 2] })),
    [5, 6, 255, 255, 255, 255, 50, 60, 255, 255, 255, 255],
  );
  assert.deepEqual(run([{ crop: { padding: 1 } }], scripted({ integers: [2, 1] })), [4, 5, 6, 0, 0, 0, 40, 50, 60, 0, 0, 0]);
  assert.deepEqual(run([{ crop: { padding: 1 } }], scripted({ integers: [1, 1] })), [...IMAGE]);
  assert.deepEqual(run([{ crop: { size: [1, 2] } }], scripted({ integers: [1, 1] })), [5, 6, 50, 60]);
  // wider than the image: padding on both sides
  assert.deepEqual(
    run([{ crop: { size: [1, 7], padding: 2, fill: 9 } }], scripted({ integers: [2, 0] })),
    [9, 9, 1, 2, 3, 9, 9, 9, 9, 10, 20, 30, 9, 9],
  );
  assert.deepEqual(run([{ crop: { size: [1, 7], padding: 9, fill: 'edge' } }], scripted({ integers: [0, 0] })), [
    ...Array<number>(7).fill(1),
    ...Array<number>(7).fill(10),
  ]);
});

test('crop: every place is drawn, evaluation takes the middle', () => {
  const places = new Set<string>();
  for (let i = 0; i < 200; i++) places.add(run([{ crop: { padding: 1 } }], random(1, i)).join());
  assert.equal(places.size, 9);
  assert.deepEqual(run([{ crop: { padding: 3 } }], null), [...IMAGE]);
  assert.deepEqual(run([{ crop: { size: 1 } }], null), [2, 20]);
});

test('flip: mirrors rows with its probability, never in evaluation', () => {
  const mirrored = [3, 2, 1, 6, 5, 4, 30, 20, 10, 60, 50, 40];
  assert.deepEqual(run([{ flip: true }], scripted({ uniforms: [0.49] })), mirrored);
  assert.deepEqual(run([{ flip: true }], scripted({ uniforms: [0.5] })), [...IMAGE]);
  assert.deepEqual(run([{ flip: { probability: 1 } }], random(1)), mirrored);
  assert.deepEqual(run([{ flip: false }], random(1)), [...IMAGE]);
  assert.deepEqual(run([{ flip: { probability: 1 } }], null), [...IMAGE]);
});

test('centerCrop: the middle, alike in training and evaluation', () => {
  assert.deepEqual(run([{ centerCrop: [2, 1] }], null), [2, 5, 20, 50]);
  assert.deepEqual(run([{ centerCrop: 2 }], random(1)), [1, 2, 4, 5, 10, 20, 40, 50]);
});

test('resize: halves by the mean of the triangle filter; a constant stays constant', () => {
  const row = Uint8Array.from([0, 0, 100, 100]);
  // weights 3/8 3/8 1/8 (normalized at the border to 3/7 3/7 1/7): 100 / 7
  assert.deepEqual(run([{ resize: [1, 2] }], null, row, { channels: 1, height: 1, width: 4 }), [14, 86]);
  const constant = new Uint8Array(2 * 30 * 20).fill(77);
  assert.ok(run([{ resize: 7 }], null, constant, { channels: 2, height: 30, width: 20 }).every((v) => v === 77));
  assert.deepEqual(transformedSize([{ resize: 7 }], { channels: 2, height: 30, width: 20 }), { channels: 2, height: 10, width: 7 });
});

test('randomResizedCrop: parts lie inside, with area and ratio in their ranges', () => {
  const [scale, ratio] = [
    [0.2, 0.9],
    [0.5, 2],
  ] as const;
  const areas: number[] = [];
  for (let i = 0; i < 500; i++) {
    const { top, left, height, width } = drawBox({ channels: 1, height: 100, width: 120 }, scale, ratio, random(1, i));
    assert.ok(top >= 0 && left >= 0 && top + height <= 100 && left + width <= 120);
    // rounding to whole pixels moves area and ratio a little
    assert.ok(width / height > 0.48 && width / height < 2.08, `${width}/${height}`);
    areas.push((height * width) / 12000);
  }
  assert.ok(Math.min(...areas) > 0.19 && Math.max(...areas) < 0.91);
  assert.ok(Math.min(...areas) < 0.23 && Math.max(...areas) > 0.8, 'the whole range is used');
  // nothing fits: the middle with the nearest ratio
  assert.deepEqual(drawBox({ channels: 1, height: 10, width: 100 }, [1, 1], [1, 2], random(1)), {
    top: 0,
    left: 40,
    height: 10,
    width: 20,
  });
  assert.equal(run([{ randomResizedCrop: { size: [3, 2], scale: [0.3, 1] } }], random(1)).length, 12);
  assert.deepEqual(run([{ randomResizedCrop: true }], null), [...IMAGE]);
});

test('normalize: (v / 255 − mean) / std, channel by channel', () => {
  const out = new Float32Array(13).fill(7);
  normalize(IMAGE, normalizationTable([0.1, 0.2], [0.5, 0.25]), out, 1);
  assert.equal(out[0], 7);
  IMAGE.forEach((v, i) => assert.equal(out[i + 1], Math.fround(i < 6 ? (v / 255 - 0.1) / 0.5 : (v / 255 - 0.2) / 0.25)));
});

test('steps follow one another, and sizes are known before', () => {
  const specs = [{ resize: [8, 12] }, { crop: { padding: 2, size: [10, 9] } }, { flip: true }, { centerCrop: 5 }];
  assert.deepEqual(transformedSize(specs, SHAPE), { channels: 2, height: 5, width: 5 });
  assert.equal(run(specs, random(1)).length, 50);
  assert.equal(run(specs, null).length, 50);
  assert.deepEqual(transformedSize([], SHAPE), SHAPE);
});

test('what cannot be is refused, with the rule and the value', () => {
  const images = { channels: 3, height: 32, width: 32 };
  const refuses = (spec: unknown, message: string) =>
    assert.throws(
      () => parseTransforms([spec as TransformSpec], images),
      (error: Error) => error instanceof InputError && (assert.equal(error.message, message), true),
    );
  refuses({ crop: { size: 40 } }, 'crop: must fit into the image 32x32, got 40');
  refuses({ crop: { size: [40, 39], padding: 3 } }, 'crop: must fit into the padded image 38x38, got [40,39]');
  refuses({ centerCrop: 33 }, 'centerCrop: must fit into the image 32x32, got 33');
  refuses({ crop: { pading: 3 } }, 'crop: unknown option "pading"; there are: size, padding, fill; did you mean padding?');
  refuses({ crop: 3 }, 'crop: options must be written as a mapping, got 3');
  refuses({ crop: { padding: -1 } }, 'crop: padding: must be a whole number ≥ 0, got -1');
  refuses({ crop: { fill: 'with' } }, 'crop: fill must be 0…255, white or edge, got with');
  refuses({ flip: 3 }, 'flip: must be true, false or { probability }, got 3');
  refuses({ flip: { probability: 2 } }, 'flip: probability: must be a number in [0, 1], got 2');
  refuses({ resize: 0 }, 'resize: must be a whole number ≥ 1, got 0');
  refuses({ resize: [1, 2, 3] }, 'resize: must be a side or [height, width], got [1,2,3]');
  refuses({ randomResizedCrop: { scale: [0, 1] } }, 'randomResizedCrop: scale: must be [low, high] with 0 < low <= high <= 1, got [0,1]');
  refuses({ crop: {}, flip: true }, 'augment: a step must be one word with its options, like { flip: true }, got {"crop":{},"flip":true}');
  refuses('flip', 'augment: a step must be one word with its options, like { flip: true }, got "flip"');
  refuses(
    { centrecrop: 3 },
    'augment: unknown transform "centrecrop"; there are: centerCrop, crop, flip, randomResizedCrop, resize; did you mean centerCrop?',
  );
});
