import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyses, findAnalysis, resolveOptions } from '../../src/analyses/registry.js';
import { analysisOptions } from '../../src/cli/analysis-options.js';

const read = (name: string, ...options: string[]) => analysisOptions(findAnalysis(name), options);

test('every option whose default is a list takes that list with commas', () => {
  const lists = Object.values(analyses).flatMap((analysis) =>
    Object.entries(analysis.options)
      .filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]))
      .map(([option, usual]) => ({ analysis, option, usual })),
  );
  assert.ok(lists.length >= 6);
  for (const { analysis, option, usual } of lists) {
    assert.deepEqual(analysisOptions(analysis, [`${option}=${usual.join(',')}`]), { [option]: usual }, `${analysis.name} ${option}`);
    if (option !== 'extrapolate') resolveOptions(analysis, analysisOptions(analysis, [`${option}=${String(usual[0])}`]));
  }
});

test('a single word or number is a list of it, numbers are numbers, and what is no list stays what it is', () => {
  assert.deepEqual(read('criticality', 'paths=direct', 'alphas=5', 'modules=^stage{1,2}'), {
    paths: ['direct'],
    alphas: 5,
    modules: '^stage{1,2}',
  });
  assert.deepEqual(read('rewind', 'to=0,2'), { to: [0, 2] });
  assert.deepEqual(read('rewind', 'to=0', 'samples=null', 'modules=conv1,fc'), { to: [0], samples: null, modules: 'conv1,fc' });
  assert.deepEqual(read('rewind', 'to=saved', 'split=train'), { to: 'saved', split: 'train' });
  assert.deepEqual(read('interpolation', 'splits=test', 'withP=true', 'extrapolate=-1, 2'), {
    splits: ['test'],
    withP: true,
    extrapolate: [-1, 2],
  });
  assert.deepEqual(read('interpolation', 'splits=[test]', 'extrapolate=null'), { splits: ['test'], extrapolate: null });
  // lists by their rules: the default is null
  assert.deepEqual(read('block-shuffle', 'sizes=8,*', 'seeds=3', 'recipe={ epochs: 1 }'), {
    sizes: [8, '*'],
    seeds: [3],
    recipe: { epochs: 1 },
  });
  assert.deepEqual(read('checkpoint-choice', 'epochs=0,5'), { epochs: [0, 5] });
  assert.deepEqual(read('plane', 'through=P-T.1@initial,P-T.1,P-T.2'), { through: [['P-T.1@initial', 'P-T.1', 'P-T.2']] });
});

test('what no reading makes right is refused in the form that it was meant in', () => {
  const refused = (name: string, option: string, message: RegExp) =>
    assert.throws(() => resolveOptions(findAnalysis(name), read(name, option)), { name: 'InputError', message });
  refused('interpolation', 'splits=tset', /splits: unknown value "tset"; there are: test, train; did you mean test\?/);
  refused('interpolation', 'splits=test,test', /splits must list test, train or both once, got \["test","test"\]/);
  refused('rewind', 'to=0,x', /to: must be a whole number ≥ 0, got "x"/);
  refused('rewind', 'to=savd', /to must be saved or a list of different epochs, got "savd"/);
  refused('rewind', 'too=0', /did you mean to\?/);
  assert.throws(() => read('rewind', 'to'), /analyze: -o must be name=value, got to/);
});
