import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { parseHTML } from 'linkedom';
import { collect, picturesOf, type ReportInput } from '../../src/report/collect.js';
import { renderReport } from '../../src/report/html.js';
import type { ReportData } from '../../src/report/contract.js';
import type { Row } from '../../src/analyses/analysis.js';
import { storedTables } from '../../src/tensor/metric.js';
import { figuresOf } from '../../src/web/charts/figure.js';
import { CHARTS } from '../../src/web/charts/registry.js';
import { syntheticInput } from './synthetic.js';

let input: ReportInput, data: ReportData, html: string;
before(async () => {
  input = await syntheticInput();
  data = collect(input);
  html = await renderReport(data);
});

describe('collect', () => {
  test('sections follow the registry, then the targets; ids are anchors', () => {
    assert.deepEqual(
      data.sections.map((section) => section.id),
      [
        'learning-curves',
        'domain-distance',
        'interpolation',
        'alignment',
        'cross-domain',
        'averaging',
        'plane',
        'basin',
        'rewind',
        'criticality',
        'freezing',
        'distance',
        'cka',
        'mistakes',
      ].flatMap((analysis) => [
        `${analysis}-openmoji`,
        `${analysis}-outline`,
        ...(analysis === 'domain-distance' ? ['domain-distance-all-targets'] : []),
      ]),
    );
    assert.deepEqual(
      collect({ ...input, results: input.results.toReversed() }).sections.map((section) => section.analysis),
      data.sections.map((section) => section.analysis),
    );
  });
  test('targets whose names make one anchor are still told apart', () => {
    const names: Record<string, string> = { openmoji: 'a.b', outline: 'a_b' };
    const renamed = input.results.map((result) => ({ ...result, target: names[result.target]! }));
    const ids = collect({ ...input, results: renamed }).sections.map(({ id }) => id);
    assert.deepEqual(ids.slice(0, 2), ['learning-curves-a-b', 'learning-curves-a-b-2']);
    assert.equal(new Set(ids).size, ids.length);
  });
  test('a target with independent labels is told in AUC beside one that is told in accuracy', async () => {
    const results = input.results
      .filter(({ analysis, target }) => analysis !== 'mistakes' || target === 'openmoji')
      .map((result) => (result.target === 'outline' ? { ...result, tables: storedTables(result.tables, 'AUC') } : result));
    const mixed = collect({ ...input, results });
    const textOf = (target: string) => [
      ...mixed.advice.filter((each) => each.target === target).flatMap(({ question, text, because }) => [question, text, because]),
      ...mixed.sections.filter((section) => section.target === target).flatMap(({ title, question, answer, cautions, method }) => [title, question, answer, ...cautions, method]), // prettier-ignore
    ];
    assert.deepEqual(textOf('outline').filter((text) => /accurac/i.test(text)), []); // prettier-ignore
    assert.deepEqual(textOf('openmoji').filter((text) => /AUC/.test(text)), []); // prettier-ignore
    assert.ok(textOf('outline').some((text) => /test AUC/.test(text)) && textOf('openmoji').some((text) => /test accuracy/.test(text)));
    // what is of one metric is summed up apart, and the same findings are found
    assert.equal(mixed.advice.map(({ verdict }) => verdict).join(), data.advice.map(({ verdict }) => verdict).join());
    assert.deepEqual(mixed.sections.find(({ id }) => id === 'interpolation-outline')!.tables, results.find(({ analysis, target }) => analysis === 'interpolation' && target === 'outline')!.tables); // prettier-ignore
    const page = await renderReport(mixed);
    assert.match(page, /<h2 id="learning-curves">Accuracy and speed \/ AUC and speed<\/h2>/);
    assert.match(page, />Test AUC, %</);
    assert.match(page, />Test accuracy, %</);
  });
  test('the summary is short and points at sections that exist', () => {
    assert.ok(data.summary.length >= 4 && data.summary.length <= 14, String(data.summary.length));
    for (const { section } of data.summary)
      assert.ok(
        data.sections.some(({ id }) => id === section),
        section,
      );
  });
  test('every sentence of the summary says what it stands on', async () => {
    const shown = parseHTML(await renderReport(data)).document.querySelectorAll('.summary .basis');
    assert.deepEqual([...shown].map(({ textContent }) => textContent), data.summary.map(({ basis }) => basis)); // prettier-ignore
    for (const { text, basis } of data.summary) assert.notEqual(basis, '', text);
  });
  test('only pictures that are shown come along', () => {
    for (const section of data.sections)
      assert.deepEqual(Object.keys(section.pictures).sort(), picturesOf(section.tables).sort(), section.id);
    assert.equal(picturesOf(data.sections.find((section) => section.id === 'mistakes-openmoji')!.tables).length, 36);
  });
  test('an analysis without a section is our mistake', () => {
    assert.throws(
      () => collect({ ...input, results: [{ ...input.results[0]!, analysis: 'no-such' }] }),
      /^Error: internal: report: no section for analysis no-such/,
    );
  });
  test('a study that found nothing still makes a report', async () => {
    const empty = collect({
      ...input,
      results: [{ analysis: 'cka', target: 'a', tables: { similarities: [] }, options: {} }],
      pictures: {},
    });
    assert.match(await renderReport(empty), /there is no pair of runs whose features could be compared/);
  });
});

describe('renderReport', () => {
  test('every figure is in the file as SVG, without a script having run', () => {
    for (const section of data.sections) {
      // what is told label by label is drawn in the study of test/study/multi-label.test.ts
      for (const figure of figuresOf(CHARTS[section.analysis]!, section).filter(({ name }) => name !== 'labels')) {
        const at = html.indexOf(`data-section="${section.id}" data-figure="${figure.name}"`);
        assert.ok(at > 0, `${section.id} ${figure.name}`);
        const svg = html.slice(at, html.indexOf('</div>', at));
        assert.match(svg, /<svg[^>]*>.*<\/svg>/s, `${section.id} ${figure.name}`);
        assert.doesNotMatch(svg, /NaN|Infinity|undefined/, `${section.id} ${figure.name}`);
      }
    }
  });
  test('a table of one row has one row', async () => {
    const [first] = data.sections;
    const tables = { one: [{ a: 1 }], two: [{ a: 1 }, { a: 2 }] };
    const page = await renderReport({ ...data, sections: [{ ...first!, analysis: 'domain-distance', tables }] });
    assert.deepEqual(page.match(/>[^<>]* rows?</g), ['>1 row<', '>2 rows<']);
  });
  test('a figure without rows is left out, but where it has some on another target', async () => {
    const earlier = (rows: readonly Row[] = []) => rows.filter((row) => row['to'] === 0);
    const one = (targets: readonly string[]) =>
      data.sections.map((section) =>
        section.analysis !== 'rewind' || !targets.includes(section.target)
          ? section
          : { ...section, tables: { modules: earlier(section.tables['modules']) } },
      );
    const shown = async (...targets: string[]) => {
      const page = await renderReport({ ...data, sections: one(targets) });
      const figures = ['raw', 'epochs'].map((name) => page.split(`data-figure="${name}"`).length - 1);
      return [...figures, page.split('There are no rows to draw').length - 1];
    };
    assert.deepEqual(await shown(), [2, 2, 0]);
    assert.deepEqual(await shown('outline'), [1, 1, 2]);
    assert.deepEqual(await shown('outline', 'openmoji'), [0, 0, 0]);
  });
  test('it refers to nothing outside of itself', () => {
    const references = [...html.matchAll(/\b(?:src|href|action|poster|srcset)\s*=\s*["']([^"']*)/g)].map((match) => match[1]!);
    assert.deepEqual(
      references.filter((reference) => !/^(#|data:)/.test(reference)),
      [],
    );
    const style = html.slice(html.indexOf('<style>'), html.indexOf('</style>'));
    assert.doesNotMatch(style, /url\(|@import/);
    const page = html.slice(0, html.lastIndexOf('<script>'));
    assert.deepEqual(
      [...page.matchAll(/https?:\/\/[^\s"'<]*/g)].map(String).filter((url) => url !== 'http://www.w3.org/2000/svg'),
      [],
    );
  });
  test('it forbids everything but its own script', () => {
    assert.match(
      html,
      /content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'"/,
    );
  });
  test('text that looks like markup stays text', async () => {
    const evil = '</script><script>alert(1)</script>';
    const hostile = await renderReport({
      ...data,
      title: evil,
      sections: data.sections.map((section) => ({ ...section, target: evil, answer: evil, tables: { [evil]: [{ [evil]: evil }] } })),
    });
    assert.equal(hostile.split('</script>').length - 1, 2, 'the two script elements of the page');
    assert.doesNotMatch(hostile, /<script>alert/);
  });
  test('same data, same bytes', async () => {
    assert.equal(await renderReport(data), html);
  });
  test('pictures are pictures, with label and what was said', () => {
    assert.equal(html.match(/<img src="data:image\/png;base64,/g)?.length, 72);
    assert.match(html, /alt="[^"]+, a picture of class \w+"/);
  });
  test('the study file is there word for word', () => {
    assert.ok(html.includes(data.provenance.study.replaceAll('&', '&amp;').replaceAll('<', '&lt;')));
  });
});
