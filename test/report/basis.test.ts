import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { basisOf, sharedBasis } from '../../src/report/basis.js';
import { collect } from '../../src/report/collect.js';
import type { Section } from '../../src/report/contract.js';
import { summarize } from '../../src/report/summary.js';
import { findings, freezingChoiceRow, freezingVerifiedRow, rewindRow } from './rows.js';

const known = ['P', 'P-T.1', 'P-T.2', 'RI-T.1'];

describe('what figures stand on', () => {
  test('the most images of each split, test first, and the runs in their order, once', () => {
    const tables = {
      paths: [
        { a: 'RI-T.1', b: 'P-T.1', split: 'train', n: 128 },
        { a: 'P-T.1', b: 'RI-T.1', split: 'test', n: 1312 },
      ],
      classes: [{ a: 'P-T.1', b: 'P', split: 'test', n: 26 }],
    };
    assert.equal(basisOf(tables, known), '1,312 test images, 128 training images · P, P-T.1, RI-T.1');
  });
  test('rows that name no split count images of the one that is given', () => {
    assert.equal(basisOf({ modules: [{ run: 'P-T.2', n: 1 }] }, known, 'train'), '1 training image · P-T.2');
    assert.equal(basisOf({ averages: [{ runs: 'P-T.1 + P-T.2', n: 2 }] }, known), '2 test images · P-T.1, P-T.2');
  });
  test('means over rows that all name one split are of that split', () => {
    const rewound = { modules: [{ run: 'P-T.1', split: 'train', n: 128 }], roles: [{ role: 'P-T', runs: 1, n: 128 }] };
    assert.equal(basisOf(rewound, known), '128 training images · P-T.1');
    const both = { paths: [{ split: 'train', n: 128 }, { split: 'test', n: 312 }], means: [{ n: 400 }] }; // prettier-ignore
    assert.equal(basisOf(both, known), '400 test images, 128 training images');
  });
  test('modules to freeze are chosen by the images of rewind and tried on test images', () => {
    const tables = { choice: [freezingChoiceRow({ n: 1097 })], verified: [freezingVerifiedRow({ n: 312 })] };
    const basis = (split: string) => {
      const rewind = { modules: [rewindRow({ split, n: 1097 })] };
      const results = Object.entries({ rewind, freezing: tables }).map(([analysis, own]) => ({ analysis, options: {}, ...findings(own) }));
      const { sections } = collect({ title: '', results, runs: [], pictures: {}, provenance: {} as never });
      return sections.find(({ analysis }) => analysis === 'freezing')!.basis;
    };
    assert.equal(basis('train'), '312 test images, 1,097 training images · 2 runs a figure');
    assert.equal(basis('test'), '1,097 test images · 2 runs a figure');
  });
  test('runs of other targets are no names; without images only runs are told, without both nothing', () => {
    assert.equal(basisOf({ barriers: [{ a: 'P-T.1', b: 'RI-T.1 on outline', n: 4 }] }, known), '4 test images · P-T.1');
    assert.equal(basisOf({ gaps: [{ chance: 0.1 }] }, known), '');
    assert.equal(basisOf({ distances: [{ a: 'P', b: 'P-T.2' }] }, known), 'P, P-T.2');
  });
  test('without names it is told how many runs stand behind a figure; names go first', () => {
    assert.equal(basisOf({ levels: [{ runs: 1, n: 5 }], gaps: [{ runs: 2, n: 5 }] }, known), '5 test images · 1 to 2 runs a figure');
    const epochs = [{ runs: 1, n: 5 }];
    assert.equal(basisOf({ epochs }, known), '5 test images · 1 run a figure');
    assert.equal(basisOf({ epochs }, known, 'test', [11]), '5 test images · 1 run a figure, seed 11');
    assert.equal(basisOf({ epochs }, known, 'test', [1, 2]), '5 test images · 1 run a figure, seeds 1, 2');
    assert.equal(basisOf({ runs: [{ run: 'P', n: 5 }], gaps: [{ runs: 2, n: 5 }] }, known), '5 test images · P');
  });
  test('of more than eight runs their number is told', () => {
    const many = Array.from({ length: 9 }, (_, k) => `mine.${k}`);
    assert.equal(basisOf({ runs: many.map((run) => ({ run, n: 5 })) }, many), '5 test images · 9 runs');
  });
});

describe('what a sentence over several targets stands on', () => {
  const [a, b] = [{ target: 'a', basis: '4 test images · P-T.1' }, { target: 'b', basis: '5 test images' }]; // prettier-ignore
  test('one text where targets agree, else target by target', () => {
    assert.equal(sharedBasis([a, { ...a, target: 'b' }]), '4 test images · P-T.1');
    assert.equal(sharedBasis([a, b]), 'a: 4 test images · P-T.1; b: 5 test images');
    assert.equal(sharedBasis([a, { target: 'b', basis: '' }]), 'a: 4 test images · P-T.1');
    assert.equal(sharedBasis([{ target: 'a', basis: '' }]), '');
  });
  test('every sentence of the summary has that of the targets it speaks of', () => {
    const section = ({ target, basis }: { target: string; basis: string }, frozen: number): Section => ({
      ...{ id: `freezing-${target}`, analysis: 'freezing', target, title: '', question: '', answer: '', basis, cautions: [] },
      ...{ metric: 'accuracy', method: '', options: {}, pictures: {} },
      tables: { choice: Array.from({ length: frozen }, () => ({ ...freezingChoiceRow({}) })) },
    });
    const bases = (...sections: Section[]) => summarize(sections).map(({ basis }) => basis);
    assert.deepEqual(bases(section(a, 1), section(b, 1)), ['a: 4 test images · P-T.1; b: 5 test images']);
    assert.deepEqual(bases(section(a, 1), section(b, 0)), ['4 test images · P-T.1']);
  });
});
