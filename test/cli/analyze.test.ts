// One analysis of a study by the command line, on networks that the store has.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { analyses } from '../../src/analyses/registry.js';
import { cliRig } from '../support/cli.js';
import { tinyStudy } from '../support/tiny-study.js';

interface Found {
  readonly done: string[];
  readonly reused: string[];
  readonly report: string;
  readonly sections: {
    readonly analysis: string;
    readonly target: string;
    readonly answer: string;
    readonly options: Record<string, unknown>;
    readonly tables: Record<string, Record<string, unknown>[]>;
  }[];
}

test('analyze: one analysis that the study does not list, with options, on networks that are there', async (t) => {
  const rig = await cliRig(t);
  await rig.write('tiny.yaml', tinyStudy({ seeds: '1, 2', analyses: 'learning-curves' }));
  assert.equal((await rig.run('run', 'tiny.yaml')).code, 0);

  const first = await rig.run('analyze', 'interpolation', 'tiny.yaml', '-o', 'points=3', '-o', 'splits=test', '--json');
  assert.equal(first.code, 0, first.stderr);
  const found = JSON.parse(first.stdout) as Found;
  assert.equal(found.done.length, 1, 'nothing is trained again');
  assert.deepEqual(
    found.sections.map(({ analysis, target }) => [analysis, target]),
    [['interpolation', 'near']],
  );
  const [{ options, tables, answer }] = found.sections as [Found['sections'][number]];
  assert.deepEqual([options['points'], options['splits']], [3, ['test']]);
  assert.ok(tables['paths']!.every((row) => row['split'] === 'test' && [-0.5, 0, 0.5, 1, 1.5].includes(row['lambda'] as number)));
  assert.equal(found.report, rig.path('carryover-store', 'reports', 'tiny', 'interpolation.html'));
  const page = await readFile(found.report, 'utf8');
  assert.ok(page.includes('Loss landscape') && !page.includes('Accuracy and speed'));

  const again = await rig.run('analyze', 'interpolation', 'tiny.yaml', '-o', 'points=3', '-o', 'splits=[test]');
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(again.stdout.trimEnd().split('\n').at(0), answer, 'the sentence, ready to be quoted');
  assert.equal(again.stdout.trimEnd().split('\n').at(-1), found.report);

  const reading = JSON.parse((await rig.run('analyze', 'freezing', 'tiny.yaml', '--json')).stdout) as Found;
  assert.deepEqual([...new Set(reading.sections.map(({ analysis }) => analysis))], ['freezing']);
  assert.equal(reading.done.length, 3, 'and what it reads: rewind and cka');
});

test('analyze: names, options and files that are wrong', async (t) => {
  const rig = await cliRig(t);
  await rig.write('tiny.yaml', tinyStudy({ seeds: '1', analyses: 'learning-curves' }));
  const refused = async (...args: string[]) => {
    const { code, stderr } = await rig.run('analyze', ...args);
    assert.equal(code, 2, stderr);
    return stderr;
  };
  assert.match(await refused('rewnd', 'tiny.yaml'), /unknown analysis "rewnd".*did you mean rewind\?/);
  assert.match(await refused('rewind', 'tiny.yaml', '-o', 'too=[0]'), /rewind.*"too".*did you mean to\?/);
  assert.match(await refused('cka', 'tiny.yaml', '-o', 'level=stages'), /cka: level: unknown value "stages"; there are: stage, block/);
  assert.match(await refused('cka', 'tiny.yaml', '-o', 'level'), /analyze: -o must be name=value, got level/);
  assert.match(await refused('cka', 'none.yaml'), /none\.yaml/);
});

test('analyze --help lists every analysis', async (t) => {
  const { stdout } = await (await cliRig(t)).run('analyze', '--help');
  for (const name of Object.keys(analyses)) assert.ok(stdout.includes(name), name);
});
