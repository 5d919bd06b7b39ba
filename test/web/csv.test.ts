import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCsv } from '../../src/store/csv.js';
import { csv } from '../../src/web/csv.js';
import { embed, unpack, type Embedded } from '../../src/web/embed.js';
import { interval, number, percent, percentInterval, words } from '../../src/web/format.js';
import type { Section } from '../../src/report/contract.js';

test('CSV as RFC 4180 has it: CRLF, doubled quotes, empty for null', () => {
  assert.equal(
    csv([
      { a: 'x, y', b: 1.5, c: null },
      { a: 'say "no"', b: -0.25, c: true },
      { a: 'two\nlines', b: 0, d: 'late' },
    ]),
    'a,b,c,d\r\n"x, y",1.5,,\r\n"say ""no""",-0.25,true,\r\n"two\nlines",0,,late\r\n',
  );
});

test('the page hands out the very CSV that the store keeps', () => {
  const rows = [
    { a: '', b: null, c: 'x, y', d: 0.1 + 0.2 },
    { a: 'say "no"', b: false, c: 'two\nlines', e: 1e-21 },
  ];
  assert.equal(csv(rows), toCsv(rows));
  assert.equal(csv([]), toCsv([]));
});

test('rows survive embedding, and cannot end the script that holds them', () => {
  const tables = {
    t: [
      { a: '</script>', b: 0.1 + 0.2, c: null },
      { a: '\u2028', b: 1e-300, c: false },
    ],
  };
  const section = {
    id: 's',
    analysis: 'x',
    target: 't',
    title: '',
    question: '',
    answer: '',
    basis: '',
    cautions: [],
    tables,
    metric: 'accuracy',
    method: '',
    options: {},
    pictures: {},
  } satisfies Section;
  const text = embed({ sections: [section] });
  assert.doesNotMatch(text, /<|\u2028/);
  assert.deepEqual(unpack((JSON.parse(text) as Embedded[])[0]!), tables);
});

test('numbers of tables and tips', () => {
  assert.deepEqual([0.48214, 12.345, 812.44, 312, 78042, -0.5, 3.12e-6, 0].map(number), [
    '0.482',
    '12.35',
    '812.4',
    '312',
    '78,042',
    '−0.500',
    '3.12e−6',
    '0',
  ]);
  assert.equal(percentInterval(0.482, 0.451, 0.513), '48.2 % (45.1 to 51.3)');
  assert.equal(percentInterval(0.482, null, null), '48.2 %');
  assert.equal(
    interval(0.434, 0.35, 0.52, (value) => value.toFixed(2)),
    '0.43 (0.35 to 0.52)',
  );
  assert.equal(percent(-0.024), '−2.4 %');
});

test('column names become words', () => {
  assert.deepEqual(['onlyAWrong', 'mcnemarP', 'kappaLow', 'n', 'lossHigh'].map(words), [
    'only A wrong',
    'mcnemar P',
    'kappa low',
    'n',
    'loss high',
  ]);
});
