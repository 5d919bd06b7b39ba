// What a reader is told to do: every verdict of every question, and that nothing is claimed where the rows do not say so.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { confidenceOf } from '../../src/report/advice/question.js';
import { adviceLines, advise } from '../../src/report/advise.js';
import type { Advice } from '../../src/report/contract.js';
import { estimate } from '../../src/report/format.js';
import type { Row } from '../../src/analyses/analysis.js';
import { averageRow, barrierRow, freezingChoiceRow, freezingVerifiedRow, gapRow, runRow } from './rows.js';

type Tables = Record<string, Record<string, readonly object[]>>;

const section = (analysis: string, target: string, tables: Record<string, readonly object[]>, options = {}) => ({
  id: `${analysis}-${target}`,
  analysis,
  target,
  tables: tables as Readonly<Record<string, readonly Row[]>>,
  options,
});
const adviceOf = (all: Tables, target = 'a'): Advice[] =>
  advise(Object.entries(all).map(([analysis, tables]) => section(analysis, target, tables)));
const about = (title: RegExp, all: Tables): Advice => adviceOf(all).find(({ question }) => title.test(question))!;

test('confidence comes from where the interval lies', () => {
  const of = (low: number | null, high: number | null) => confidenceOf(estimate(0, low, high), 0, 'zero').confidence;
  assert.equal(of(1, 3), 'high');
  assert.equal(of(0.4, 2.4), 'moderate', 'less than half a half-width away from zero');
  assert.equal(of(-3, -1), 'high');
  assert.equal(of(-2.4, -0.4), 'moderate');
  assert.equal(of(-1, 1), 'none');
  assert.equal(of(0, 1), 'none', 'touching is not leaving out');
  assert.equal(of(null, null), 'low');
});

describe('pre-train?', () => {
  const say = (...gaps: object[]) => about(/accuracy/, { 'learning-curves': { gaps } });
  test('yes, with numbers, confidence and evidence', () => {
    assert.deepEqual(say(gapRow({})), {
      question: 'Pre-train, for accuracy?',
      target: 'a',
      verdict: 'yes',
      text: 'It raises test accuracy by 7.0 points (2.0 to 12.0): 50.0 % with pre-training, 43.0 % without.',
      confidence: 'moderate',
      because: 'the 95 % interval leaves zero out, if only just; it covers 312 test images, not seeds',
      sections: ['learning-curves-a'],
    });
    assert.equal(say(gapRow({ low: 0.05, high: 0.09 })).confidence, 'high');
    const single = say(gapRow({ low: 0.05, high: 0.09, runs: 2 }));
    assert.equal(single.confidence, 'moderate');
    assert.match(single.because, /but a role has a single run/);
  });
  test('no, undecided, without an interval', () => {
    const lower = say(gapRow({ gap: -0.05, low: -0.09, high: -0.01, pretrained: 0.4, random: 0.45 }));
    assert.equal(lower.verdict, 'no');
    assert.match(lower.text, /^It lowers test accuracy by 5\.0 points \(1\.0 to 9\.0\)/);
    const undecided = say(gapRow({ gap: 0.019, low: -0.024, high: 0.062 }));
    assert.deepEqual([undecided.verdict, undecided.confidence], ['undecided', 'none']);
    assert.match(undecided.because, /the 95 % interval holds zero/);
    const single = say(gapRow({ low: null, high: null, runs: 2 }));
    assert.deepEqual([single.verdict, single.confidence], ['undecided', 'low']);
    assert.match(single.text, /has no interval.*Add seeds\.$/);
  });
  test('speed is asked apart from accuracy; the final epoch goes before the best', () => {
    const gaps = [
      gapRow({ at: 'best', gap: 0.3, low: 0.2, high: 0.4 }),
      gapRow({ low: -0.1 }),
      gapRow({ metric: 'speed', at: 'all epochs' }),
    ];
    assert.equal(say(...gaps).verdict, 'undecided');
    assert.equal(about(/speed/, { 'learning-curves': { gaps } }).verdict, 'yes');
  });
});

describe('pre-train to the last epoch?', () => {
  const row = (epoch: number, behind: number, behindLow: number, behindHigh: number) => {
    return {
      epoch,
      accuracy: 0.5 - behind,
      low: 0.45 - behind,
      high: 0.55 - behind,
      behind,
      behindLow,
      behindHigh,
      withinNoise: behindLow <= 0,
      chance: 0.1,
      n: 312,
      runs: 2,
    };
  };
  const say = (...epochs: object[]) => about(/last epoch/, { 'checkpoint-choice': { epochs } });
  test('yes: every earlier epoch is behind', () => {
    const { verdict, confidence, text } = say(row(22, 0, 0, 0), row(0, 0.2, 0.15, 0.25), row(10, 0.06, 0.03, 0.09));
    assert.deepEqual([verdict, confidence], ['yes', 'high']);
    assert.match(
      text,
      /Every earlier epoch of 3 epochs tried is behind epoch 22 .*; the one before, 10, by 6\.0 points \(3\.0 to 9\.0\)\./,
    );
  });
  test('one run an epoch leaves seeds out: no more than moderate', () => {
    const single = [row(0, 0.2, 0.15, 0.25), row(10, 0.06, 0.03, 0.09), row(22, 0, 0, 0)].map((each) => ({ ...each, runs: 1 }));
    const { confidence, because } = say(...single);
    assert.equal(confidence, 'moderate');
    assert.match(because, /, but there is one run an epoch; it covers 312 test images, not seeds of fine-tuning or pre-training$/);
  });
  test('no: an earlier one is enough, or the last one is worse', () => {
    const enough = say(row(0, 0.2, 0.15, 0.25), row(10, 0.004, -0.004, 0.012), row(22, 0, 0, 0));
    assert.equal(enough.verdict, 'no');
    assert.match(enough.text, /^Epoch 10 \(of 3 epochs tried\) is enough/);
    const best = say(row(10, 0, 0, 0), row(22, 0.01, -0.015, 0.035));
    assert.deepEqual(
      [best.verdict, best.confidence],
      ['no', 'moderate'],
      'the best of several is held against the last, not against itself',
    );
    assert.match(best.text, /is enough: .*, the best tried; the last, 22, is behind it by 1\.0 point \(−1\.5 to 3\.5\)/);
    const lucky = say(row(10, 0, 0, 0), row(22, 0.01, -0.03, 0.05));
    assert.deepEqual([lucky.verdict, lucky.confidence], ['undecided', 'none']);
    assert.match(lucky.text, /the best, but not surely within 2 points of the last, 22/);
    const worse = say(row(10, 0, 0, 0), row(22, 0.05, 0.02, 0.08));
    assert.equal(worse.verdict, 'no');
    assert.match(worse.text, /^Epoch 22, the last, is behind the best of 2 epochs tried by 5\.0 points/);
  });
  test('accuracies of another recipe than the arms’ are told to be that', () => {
    const epochs = [row(10, 0.004, -0.004, 0.012), row(22, 0, 0, 0)] as unknown as Row[];
    const of = (retrained: object) => advise([{ ...section('checkpoint-choice', 'a', { epochs }), ...retrained }])[2]!;
    assert.match(of({ retrained: 'epochs 4 instead of 5' }).text, /reaches .*\. P-T was trained anew for this with epochs 4 instead of 5: not comparable with the arms’ accuracies\.$/); // prettier-ignore
    assert.doesNotMatch(of({}).text, /anew/);
  });
  test('undecided: at chance from every epoch nothing tells them apart', () => {
    const blind = [row(0, 0, 0, 0), row(22, 0, 0, 0)].map((each) => ({ ...each, chance: 0.46 }));
    const { verdict, confidence, text } = say(...blind);
    assert.deepEqual([verdict, confidence], ['undecided', 'none']);
    assert.match(
      text,
      /^Cannot be told: from no epoch of 2 epochs tried no P-T network on a is above chance \(46\.0 %\), the best reaches 50\.0 %/,
    );
  });
  test('undecided: within noise, but perhaps far behind', () => {
    const { verdict, confidence, text } = say(row(10, 0.02, -0.01, 0.05), row(22, 0, 0, 0));
    assert.deepEqual([verdict, confidence], ['undecided', 'none']);
    assert.match(text, /Epoch 10 .* may be behind it by more than 2 points: 2\.0 points \(−1\.0 to 5\.0\)/);
  });
});

describe('freeze modules?', () => {
  const say = (choice: readonly object[], verified: readonly object[] = []) => about(/Freeze/, { freezing: { choice, verified } });
  const critical = freezingChoiceRow({ module: 'layer3.0', drop: 0.2, low: 0.15, high: 0.25, frozen: false });
  test('chosen but not trained: low confidence, and how to verify', () => {
    const { verdict, confidence, because, text } = say([freezingChoiceRow({}), critical]);
    assert.deepEqual([verdict, confidence], ['yes', 'low']);
    assert.match(text, /^Probably conv1: .* the costliest, conv1, 0\.5 points/);
    assert.match(because, /nothing was trained with these frozen.*verify: true/);
  });
  test('verified: yes, no, undecided', () => {
    const verified = (row: object) => say([freezingChoiceRow({}), critical], [freezingVerifiedRow(row)]);
    const yes = verified({});
    assert.deepEqual([yes.verdict, yes.confidence, yes.sections], ['yes', 'moderate', ['freezing-a']]);
    assert.match(
      yes.text,
      /^Fine-tuning with conv1 frozen \(12\.0 % of the weights\) loses less than 2 points, if anything: 49\.5 % against 50\.0 %, −0\.5 points/,
    );
    assert.match(yes.because, /not seeds of fine-tuning; whether it changes anything at all is undecided, the interval holds zero$/);
    const gains = verified({ difference: 0.05, low: 0.03, high: 0.07 });
    assert.match(gains.because, /not seeds of fine-tuning$/);
    assert.equal(verified({ difference: -0.1, low: -0.14, high: -0.06 }).verdict, 'no');
    assert.equal(verified({ difference: -0.02, low: -0.05, high: 0.01 }).verdict, 'undecided');
  });
  test('none', () => {
    assert.deepEqual([say([critical]).verdict, say([critical]).confidence], ['no', 'high']);
    const unsure = say([freezingChoiceRow({ frozen: false, low: 0, high: 0.05 })]);
    assert.deepEqual([unsure.verdict, unsure.confidence], ['undecided', 'none']);
    assert.match(unsure.text, /conv1, costs 0\.5 points \(0\.0 to 5\.0\) of accuracy, by the upper bound not less than 2 points\.$/);
  });
  test('none, because of features: says that condition, and is not sure of anything', () => {
    const options = { margin: 0.02, similarity: 0.8 };
    const choice = [freezingChoiceRow({ frozen: false, drop: 0.001, low: -0.002, high: 0.004, cka: 0.796 }), critical];
    const all = advise([section('freezing', 'a', { choice, verified: [] }, options)]);
    const { verdict, confidence, text } = all.find(({ question }) => /Freeze/.test(question))!;
    assert.deepEqual([verdict, confidence], ['undecided', 'none']);
    assert.match(
      text,
      /conv1 costs 0\.1 points \(−0\.2 to 0\.4\) of accuracy, less than 2 points, but features changed, CKA with P conv1 0\.796, under 0\.80\.$/,
    );
    const frozen = [freezingChoiceRow({}), critical];
    const loose = advise([section('freezing', 'a', { choice: frozen, verified: [] }, { margin: 0.3 })]);
    assert.match(loose.find(({ question }) => /Freeze/.test(question))!.text, /none costs 30 points;/);
  });
});

describe('average?', () => {
  const say = (averages: readonly object[], barriers: readonly object[] = [barrierRow({})]) =>
    about(/Average/, { averaging: { averages }, interpolation: { barriers } });
  test('the measured average decides', () => {
    const yes = say([averageRow({})]);
    assert.deepEqual([yes.verdict, yes.sections], ['yes', ['averaging-a', 'interpolation-a']]);
    assert.equal(
      yes.text,
      'Against the mean of the single runs their average loses less than 2 points, if anything: the one network averaged from 2 P-T runs reaches 50.3 % (45.0 to 55.6), 0.6 points (−0.8 to 2.0) against their mean, 0.2 points (−1.4 to 1.8) against the best on validation, P-T.1; the barrier between them is 0.8 points (0.0 to 1.8).',
    );
    assert.equal(say([averageRow({ overMean: -0.3, overMeanLow: -0.35, overMeanHigh: -0.25 })]).verdict, 'no', 'whatever the barrier says');
    assert.equal(say([averageRow({ overMean: -0.01, overMeanLow: -0.03, overMeanHigh: 0.01 })]).verdict, 'undecided');
  });
  test('says that it loses against the best single run where it does', () => {
    const { verdict, text } = say([averageRow({ overBest: -0.026, overBestLow: -0.046, overBestHigh: -0.01 })]);
    assert.equal(verdict, 'yes');
    assert.match(
      text,
      /^Against the mean of the single runs .* if anything, but against the best of them on validation, P-T\.1, it loses 2\.6 points \(1\.0 to 4\.6\): /,
    );
  });
  test('where it loses against their mean as well, that is no contrast', () => {
    const lost = { overMean: -0.3, overMeanLow: -0.35, overMeanHigh: -0.25, overBest: -0.31, overBestLow: -0.36, overBestHigh: -0.26 };
    assert.match(
      say([averageRow(lost)]).text,
      /^Against .* loses more than 2 points, and against the best of them on validation, P-T\.1, it/,
    );
  });
  test('with BatchNorm the rows whose statistics were taken anew for every network decide', () => {
    const raw = averageRow({ batchNorm: 'raw', overMean: -0.4, overMeanLow: -0.45, overMeanHigh: -0.35 });
    const { verdict, text } = say([raw, averageRow({ batchNorm: 're-estimated' })]);
    assert.equal(verdict, 'yes');
    assert.match(text, /0\.6 points \(−0\.8 to 2\.0\) against their mean, BatchNorm statistics taken anew for all of them, /);
  });
  test('the barrier alone', () => {
    const alone = (row: object) => about(/Average/, { interpolation: { barriers: [barrierRow(row)] } });
    assert.equal(alone({}).verdict, 'yes');
    assert.equal(alone({ barrier: 0.3, low: 0.25, high: 0.35, oneBasin: false }).verdict, 'no');
    assert.match(
      alone({ barrier: 0.3, low: 0.25, high: 0.35, oneBasin: false }).because,
      /the average itself was not measured \(add averaging\)/,
    );
    assert.equal(alone({ barrier: 0.02, low: 0, high: 0.04, oneBasin: false }).verdict, 'undecided');
    const barriers = [barrierRow({ barrier: 0.02, low: 0, high: 0.04, oneBasin: true })];
    const loose = advise([section('interpolation', 'a', { barriers }, { oneBasin: 0.05 })]).at(-1)!;
    assert.deepEqual([loose.verdict, /well clear of 5 points/.test(loose.because)], ['yes', true], 'by the bound of the study');
  });
});

test('networks that learned nothing: no advice, whatever their rows say', () => {
  const blind = { accuracy: 0.18, low: 0.14, high: 0.22 };
  const rows = (over: object): Tables => ({
    'learning-curves': {
      gaps: [gapRow({}), gapRow({ metric: 'speed', at: 'all epochs' })],
      runs: ['P-T.1', 'P-T.2', 'RI-T.1', 'RI-T.2'].map((run) => runRow({ run, role: run.slice(0, -2), ...blind, ...over })),
    },
    interpolation: { barriers: [barrierRow({})] },
    averaging: { averages: [averageRow({})] },
    freezing: { choice: [freezingChoiceRow({})], verified: [freezingVerifiedRow({})] },
  });
  const said = adviceOf(rows({})).filter(({ verdict }) => verdict !== 'not measured');
  assert.equal(said.length, 4);
  for (const { verdict, confidence, text, sections } of said) {
    assert.deepEqual([verdict, confidence, sections[0]], ['undecided', 'none', 'learning-curves-a']);
    assert.match(
      text,
      /^Cannot be told: no P-T (or RI-T )?network on a is above chance \(17\.0 %\), the best reaches 18\.0 % \(14\.0 to 22\.0\)\./,
    );
  }
  const learned = adviceOf(rows({ low: 0.171 })).map(({ verdict }) => verdict);
  assert.deepEqual(learned, ['yes', 'yes', 'not measured', 'yes', 'yes'], 'above chance by the interval');
  const scratch = rows({});
  const [gaps, runs] = [scratch['learning-curves']!['gaps']!, scratch['learning-curves']!['runs']!];
  const helped = runs.map((row) => ((row as { role: string }).role === 'P-T' ? { ...row, low: 0.4 } : row));
  const [first] = adviceOf({ 'learning-curves': { gaps, runs: helped } });
  assert.equal(first!.verdict, 'yes', 'that only P-T learned is what pre-training brings');
});

test('a role with a single run caps confidence, however many the other has', () => {
  const runs = ['P-T.1', 'P-T.2', 'P-T.3', 'RI-T.1'].map((run) => runRow({ run, role: run.slice(0, -2) }));
  const { confidence, because } = about(/accuracy/, { 'learning-curves': { gaps: [gapRow({ low: 0.05, high: 0.09, runs: 4 })], runs } });
  assert.equal(confidence, 'moderate');
  assert.match(because, /but a role has a single run/);
});

test('what was not measured says what to add, and only what the study could have', () => {
  const here = (...roles: string[]) => roles.map((role) => ({ role, target: role === 'P' ? '' : 'a', elsewhere: false }));
  const say = (networks: Parameters<typeof advise>[2], ...analyses: string[]) =>
    advise(
      ['distance', ...analyses].map((name) => section(name, 'a', {})),
      [],
      networks,
    ).map(({ verdict, text, confidence, sections }) => {
      assert.deepEqual([verdict, confidence, sections], ['not measured', 'none', []]);
      return text;
    });
  const all = here('P', 'P-T', 'P-T', 'RI-T', 'RI-T');
  assert.deepEqual(say(all), [
    'Needs the results of learning-curves: add it to the analyses.',
    'Needs the results of learning-curves: add it to the analyses.',
    'Needs the results of checkpoint-choice, which fine-tunes from several epochs of P: add it to the analyses.',
    'Needs the results of rewind, cka and freezing: add them to the analyses.',
    'Needs the results of averaging: add it to the analyses.',
  ]);
  assert.deepEqual(say(all, 'rewind', 'cka')[3], 'Needs the results of freezing: add it to the analyses.');
  assert.deepEqual(say(here('P-T')), [
    'Needs an RI-T network on this target.',
    'Needs an RI-T network on this target.',
    'Needs P.',
    'Needs P.',
    'Needs 2 P-T networks on this target.',
  ]);
  assert.deepEqual(say(here('P', 'RI-T'))[3], 'Needs a P-T network on this target.');
  // carryover compare: nothing can be trained, and no epochs are on record
  const elsewhere = say(all.map((network) => ({ ...network, elsewhere: true })));
  assert.deepEqual(elsewhere, [
    'Needs the results of learning-curves: add it to the analyses.',
    'Cannot be told: how fast a network learned is on record where it was trained, and P-T and RI-T were trained elsewhere.',
    'Cannot be told: it takes fine-tuning from several epochs of P, and P and P-T were trained elsewhere.',
    'Needs the results of rewind, cka and freezing: add them to the analyses.',
    'Needs the results of averaging: add it to the analyses.',
  ]);
  const own = say([{ role: 'A', target: 'a', elsewhere: true }]);
  assert.deepEqual(
    [own[0], own[2]],
    [
      'Needs a P-T network and an RI-T network on this target.',
      'Cannot be told: it takes fine-tuning from several epochs of P, and all networks were trained elsewhere.',
    ],
  );
  const lines = adviceLines(advise([section('distance', 'a', {}), section('distance', 'b', {})], [], all));
  assert.ok(
    lines.includes('Freeze modules? Not measured on a. Needs the results of rewind, cka and freezing: add them to the analyses.'),
    'targets that lack something else',
  );
  assert.ok(lines.includes('Freeze modules? Not measured on b. Needs a P-T network on this target.'));
});

test('what the study asks for and has not done is not to be added; what an analysis lacks in part is no reason for another', () => {
  const networks = ['P', 'P-T', 'P-T', 'RI-T'].map((role) => ({ role, target: role === 'P' ? '' : 'a', elsewhere: false }));
  const sections = [
    section('rewind', 'a', {}),
    section('interpolation', 'a', { barriers: [barrierRow({ barrier: 0.3, low: 0.25, high: 0.35 })] }),
  ];
  const unfinished = ['learning-curves', 'cka', 'averaging'].map((analysis) => ({ analysis, target: 'a' }));
  const absent = (what: string) => [{ analysis: 'rewind', target: 'a', what, reason: 'no start is known' }];
  const said = advise(sections, absent('RI-T.1'), networks, unfinished);
  assert.deepEqual(
    said.slice(0, 4).map(({ text }) => text),
    [
      'Needs the results of learning-curves: it is asked for and not done.',
      'Needs the results of learning-curves: it is asked for and not done.',
      'Needs the results of checkpoint-choice, which fine-tunes from several epochs of P: add it to the analyses.',
      'Needs the results of cka and freezing: add freezing to the analyses; cka is asked for and not done.',
    ],
  );
  assert.match(said[4]!.because, /the average itself was not measured$/);
  const elsewhere = advise(sections, [], networks, [{ analysis: 'averaging', target: 'b' }]);
  assert.match(elsewhere[4]!.because, /\(add averaging\)/, 'it is asked for on another target');
  assert.equal(advise(sections, absent(''), networks)[3]!.text, 'No start is known.', 'an analysis that is absent as a whole');
});

test('where nothing transfers, no line claims that it does', () => {
  // the source's labels were shuffled: P-T learns no better, no faster, and its runs share nothing
  const rows: Tables = {
    'learning-curves': {
      gaps: [
        gapRow({ gap: -0.004, low: -0.04, high: 0.032, pretrained: 0.426, random: 0.43 }),
        gapRow({ metric: 'speed', gap: -0.03, low: -0.05, high: -0.01, pretrained: 0.4, random: 0.43 }),
      ],
    },
    interpolation: { barriers: [barrierRow({ barrier: 0.3, low: 0.25, high: 0.35, oneBasin: false })] },
    averaging: { averages: [averageRow({ overMean: -0.28, overMeanLow: -0.33, overMeanHigh: -0.23 })] },
    freezing: { choice: [freezingChoiceRow({ drop: 0.3, low: 0.2, high: 0.4, frozen: false })], verified: [] },
  };
  const advice = adviceOf(rows);
  assert.deepEqual(
    advice.map(({ verdict }) => verdict),
    ['undecided', 'no', 'not measured', 'no', 'no'],
  );
  assert.ok(advice.every(({ verdict }) => verdict !== 'yes'));
  assert.doesNotMatch(adviceLines(advice).join(' '), /raises|: yes/);
});

test('every line links to sections that exist; every target has its own', () => {
  const tables = { gaps: [gapRow({})] };
  const sections = [
    section('learning-curves', 'a', tables),
    section('learning-curves', 'b', tables),
    section('averaging', 'b', { averages: [averageRow({})] }),
  ];
  const advice = advise(sections);
  for (const { sections: linked, target } of advice)
    for (const id of linked)
      assert.ok(
        sections.some((each) => each.id === id && each.target === target),
        id,
      );
  const average = advice.filter(({ question }) => /Average/.test(question));
  assert.deepEqual(
    average.map(({ verdict }) => verdict),
    ['not measured', 'yes'],
  );
});
