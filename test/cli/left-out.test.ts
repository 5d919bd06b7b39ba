// What corrupt: skip leaves out of a study's images is said where its results are.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { cliRig } from '../support/cli.js';
import { tinyStudy } from '../support/tiny-study.js';
import { plainJpeg } from '../data/image-files.js';

test('run and the report name files that were left out, also when the images were there before', async (t) => {
  const rig = await cliRig(t);
  for (const [name, color] of [
    ['cat', '#802010'],
    ['dog', '#102080'],
  ] as const) {
    await mkdir(rig.path('photos', name), { recursive: true });
    for (let i = 0; i < 10; i++) await rig.write(`photos/${name}/${i}.jpg`, await plainJpeg(color));
  }
  const photos = '{ dataset: folder, root: photos, size: 8, corrupt: skip }';
  const text = tinyStudy()
    .replace('{ dataset: emoji, domains: [noto] }', photos)
    .replace('{ dataset: emoji, domains: [openmoji] }', photos.replace('folder,', 'folder, seed: 1,'))
    .replace('batch: 64', 'batch: 4');
  await rig.write('tiny.yaml', text);
  const whole = await rig.run('run', 'tiny.yaml');
  assert.equal(whole.code, 0, whole.stderr);
  assert.doesNotMatch(whole.stderr, /left out/);

  const broken = (await plainJpeg('#123456')).subarray(0, 60);
  for (let i = 0; i < 5; i++) await rig.write(`photos/dog/broken${i}.jpg`, broken);
  // in the order of the splits that they would be in
  const file = 'dog/broken\\d\\.jpg';
  const said = `5 files that are no readable images were left out \\(corrupt: skip\\): ${file}, ${file}, ${file} and 2 more\\.`;
  for (const time of ['first', 'again']) {
    const { code, stdout, stderr } = await rig.run('run', 'tiny.yaml');
    assert.equal(code, 0, stderr);
    const page = await readFile(stdout.trim(), 'utf8');
    for (const name of ['source', 'near']) {
      assert.equal(stderr.match(new RegExp(`^${name}: ${said}$`, 'gm'))?.length, 1, `once, ${time}: ${stderr}`);
      assert.match(page, new RegExp(`<p class="note">${name}: ${said}</p>`), 'in the report');
    }
  }
});
