import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { DIFFERENCE, withUnseen } from '../../src/analyses/bootstrap.js';
import { analyses, findAnalysis, resolveOptions } from '../../src/analyses/registry.js';
import { InputError } from '../../src/tensor/input-error.js';

test('analyses in the order of a plan, each under its own name', () => {
  assert.deepEqual(Object.keys(analyses), [
    'learning-curves',
    'mistakes',
    'cka',
    'distance',
    'interpolation',
    'averaging',
    'plane',
    'domain-distance',
    'rewind',
    'criticality',
    'freezing',
    'block-shuffle',
    'checkpoint-choice',
    'alignment',
    'basin',
    'cross-domain',
  ]);
  for (const [name, analysis] of Object.entries(analyses)) assert.equal(findAnalysis(name), analysis);
  for (const [name, analysis] of Object.entries(analyses)) assert.equal(analysis.name, name);
});

test('unknown names and options list what exists and suggest the nearest', () => {
  assert.throws(() => findAnalysis('distanse'), /analyses: unknown analysis "distanse"; there are: .*; did you mean distance\?/);
  assert.throws(() => findAnalysis('constructor'), InputError);
  const cka = findAnalysis('cka');
  assert.throws(() => resolveOptions(cka, { sample: 9 }), /cka: unknown option "sample"; there are: .*; did you mean samples\?/);
});

test('the bound of one basin, the same wherever there is a verdict', () => {
  const judging = Object.values(analyses).filter(({ options }) => 'oneBasin' in options);
  assert.deepEqual(
    judging.map(({ name }) => name),
    ['interpolation', 'plane', 'checkpoint-choice', 'alignment', 'cross-domain'],
  );
  for (const analysis of judging) {
    assert.equal((analysis.options as { oneBasin: number }).oneBasin, 0.02);
    for (const oneBasin of [0, 1.5, '2', null])
      assert.throws(
        () => resolveOptions(analysis, { oneBasin }),
        new RegExp(`${analysis.name}: oneBasin must be a share of accuracy in \\(0, 1\\], got`),
      );
  }
});

test('choices of ours that name their parts: what ambiguity is made of, predictors, noise', () => {
  const refused = (name: string, options: Record<string, unknown>, message: RegExp) =>
    assert.throws(() => resolveOptions(findAnalysis(name), options), message);
  refused(
    'mistakes',
    { ambiguity: [] },
    /mistakes: ambiguity: must be a list like \[disagreement\] of different disagreement, margin, got \[\]/,
  );
  refused(
    'checkpoint-choice',
    { predictors: ['knn'] },
    /checkpoint-choice: predictors: unknown value "knn"; there are: logme, probe, neighbours/,
  );
  refused(
    'criticality',
    { noise: 'comon' },
    /criticality: noise: unknown value "comon"; there are: common, independent; did you mean common\?/,
  );
});

test('options: defaults are valid, what is written is laid over them and checked', () => {
  for (const analysis of Object.values(analyses)) assert.deepEqual(resolveOptions(analysis, {}), analysis.options);
  const cka = findAnalysis('cka');
  assert.deepEqual(resolveOptions(cka, { samples: 64 }), { ...cka.options, samples: 64 });
  assert.throws(() => resolveOptions(cka, { samples: '64' }), /cka: samples: must be a whole number ≥ 4, got "64"/);
  assert.throws(() => resolveOptions(findAnalysis('learning-curves'), { resamples: 0 }), InputError);
  assert.throws(() => resolveOptions(findAnalysis('distance'), { at: 3 }), /distance: at: must be best or final, got 3/);
});

test('as many images as a verdict of one basin takes are looked at by default', () => {
  for (const { name, options } of Object.values(analyses)) {
    const { oneBasin, samples } = options as { oneBasin?: number; samples?: number | null };
    if (oneBasin === undefined || samples === undefined || samples === null || name === 'checkpoint-choice') continue;
    const { high } = withUnseen({ low: 0, high: 0 }, samples, DIFFERENCE);
    assert.ok(high! < oneBasin, `${name}: ${samples} images that all agree bound a drop by ${high}, not below ${oneBasin}`);
  }
});

test('a default that changes comes with another version: identities leave defaults out, and old results would pass for new ones', async () => {
  const text = await readFile(new URL('../../../test/analyses/fixtures/defaults.json', import.meta.url), 'utf8');
  const pinned = JSON.parse(text) as Record<string, { version: number; options: Record<string, unknown> }>;
  for (const { name, version, options } of Object.values(analyses)) {
    const known = pinned[name];
    assert.equal(known?.version, version, `${name}: defaults.json holds the defaults of its present version`);
    const now = options as Record<string, unknown>;
    for (const [option, value] of Object.entries(known!.options)) assert.deepEqual(now[option], value, `${name}: ${option}`);
  }
});
