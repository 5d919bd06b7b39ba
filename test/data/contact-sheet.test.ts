import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { contactSheet, pictures } from '../../src/data/contact-sheet.js';
import { toyDataset } from './toy.js';

const decode = (png: Buffer) => sharp(png).raw().toBuffer({ resolveWithObject: true });

test('a grid shows the images in order, each pixel as a square', async () => {
  const data = toyDataset({ counts: { train: 5, val: 0, test: 1 } });
  const { data: pixels, info } = await decode(await contactSheet(data, { columns: 3, scale: 2 }));
  assert.deepEqual([info.width, info.height], [3 * (16 + 2) + 2, 2 * (12 + 2) + 2]);
  // image 4 is the second of the second row
  for (const [y, x, c] of [
    [0, 0, 0],
    [5, 7, 2],
    [3, 2, 1],
  ] as const) {
    const expected = data.splits.train.pixels[4 * 144 + c * 48 + y * 8 + x];
    for (const [dy, dx] of [
      [0, 0],
      [1, 1],
    ] as const) {
      assert.equal(pixels[((2 + 14 + 2 * y + dy) * info.width + 2 + 18 + 2 * x + dx) * 3 + c], expected);
    }
  }
  await assert.rejects(contactSheet(data, { split: 'val' }), {
    name: 'InputError',
    message: 'contactSheet: split val must have images, got none',
  });
});

test('perClass gives a row a class beside its name; transforms change the size of a tile', async () => {
  const data = toyDataset();
  const options = { perClass: 4, transforms: [{ randomResizedCrop: { size: 10 } }] };
  const sheet = await contactSheet(data, options);
  const { info } = await decode(sheet);
  assert.deepEqual([info.width, info.height], [110 + 4 * 12 + 2, 3 * 12 + 2]);
  assert.deepEqual(await contactSheet(data, options), sheet);
  assert.notDeepEqual(await contactSheet(data, { ...options, seed: 1 }), sheet);
});

test('pictures are the images as PNG data URIs', async () => {
  const data = toyDataset({ channels: 1 });
  const found = await pictures(data, ['test/2', 'train/0'], { scale: 2 });
  assert.deepEqual(Object.keys(found), ['test/2', 'train/0']);
  const uri = found['test/2']!;
  assert.match(uri, /^data:image\/png;base64,/);
  const { data: pixels, info } = await decode(Buffer.from(uri.split(',')[1]!, 'base64'));
  assert.deepEqual([info.width, info.height], [16, 12]);
  assert.equal(pixels[(11 * 16 + 15) * info.channels], data.splits.test.pixels[2 * 48 + 47]);
  await assert.rejects(pictures(data, ['nowhere/1']), { message: 'pictures: must be an image of toy, got nowhere/1' });
});
