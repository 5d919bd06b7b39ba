// The page in Chromium with the network off.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { collect } from '../../src/report/collect.js';
import type { ReportData } from '../../src/report/contract.js';
import { diffCheckpoints } from '../../src/checkpoints/diff.js';
import { openCheckpoint } from '../../src/checkpoints/open.js';
import { diffData } from '../../src/report/diff.js';
import { renderDiff, renderReport } from '../../src/report/html.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import { float32 } from '../../src/tensor/tensor.js';
import { csv } from '../../src/web/csv.js';
import { syntheticInput } from '../report/synthetic.js';
import { CHROMIUM, SKIP } from '../support/chromium.js';

describe('the page in Chromium', { skip: SKIP, timeout: 60_000 }, () => {
  let browser: Browser, data: ReportData;
  const pages: Record<'whole' | 'small', string> = { whole: '', small: '' };
  const folder = mkdtempSync(join(tmpdir(), 'carryover-page-'));

  before(async () => {
    data = collect(await syntheticInput());
    for (const [name, shown] of Object.entries({ whole: data, small: small(data) })) {
      writeFileSync(join(folder, `${name}.html`), await renderReport(shown));
      pages[name as keyof typeof pages] = pathToFileURL(join(folder, `${name}.html`)).href;
    }
    browser = await chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens the report, does something, and fails on any word in the console and any request but the file's own. */
  async function visit(options: BrowserContextOptions, look: (page: Page) => Promise<void>, url = pages.whole): Promise<void> {
    const context = await browser.newContext({ offline: true, viewport: { width: 1440, height: 900 }, ...options });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (request.url() !== url && !/^(data|blob):/.test(request.url())) complaints.push(`request ${request.url()}`);
      });
      await page.goto(url);
      await look(page);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  }

  /** Scrolls through the page, so that every chart is drawn. */
  async function scroll(page: Page): Promise<void> {
    await page.evaluate(async () => {
      for (let y = 0; y < document.documentElement.scrollHeight; y += 600) {
        scrollTo(0, y);
        await new Promise(requestAnimationFrame);
      }
    });
    await page.waitForFunction(() => [...document.querySelectorAll<HTMLElement>('.chart')].every((chart) => chart.dataset['width']));
  }

  for (const width of [1440, 390]) {
    test(`at ${width} px: every chart redrawn at its width, nothing wider than the screen`, () =>
      visit({ viewport: { width, height: 800 } }, async (page) => {
        await scroll(page);
        const off = await page.$$eval('.chart', (charts) =>
          charts
            .filter((chart) => Math.abs(chart.querySelector('svg')!.getBoundingClientRect().width - chart.clientWidth) > 1)
            .map((chart) => chart.getAttribute('data-figure')),
        );
        assert.deepEqual(off, []);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
        for (const details of await page.$$('details')) await details.evaluate((element) => ((element as HTMLDetailsElement).open = true));
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'with every table open');
      }));
  }

  test('a page of two checkpoints with long names is no wider than a phone, and shows numbers beside the names', async () => {
    const name = `backbone.stages.0.${'transformer_block_'.repeat(4)}.attention.projection.weight`;
    const opened = async (kind: string, value: number) => {
      const file = join(folder, `${'a_very_long_name_of_a_checkpoint_'.repeat(3)}${kind}.safetensors`);
      writeFileSync(file, encodeSafetensors(new Map([[name, float32([2], [1, value])], ['fc.weight', float32([3], [1, 2, value])]]))); // prettier-ignore
      return openCheckpoint(file);
    };
    const [a, b] = [await opened('before', 1), await opened('after', 2)];
    writeFileSync(join(folder, 'diff.html'), renderDiff(diffData(await diffCheckpoints(a, b))));
    await a.close();
    await b.close();
    await visit(
      { viewport: { width: 390, height: 844 } },
      async (page) => {
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
        const cells = await page.locator('table td:nth-child(3):visible').all();
        assert.equal(cells.length, 4, 'of modules and tensors');
        for (const cell of cells) {
          const { x, width } = (await cell.boundingBox())!;
          assert.ok(x + width <= 390, `${x + width}`);
        }
      },
      pathToFileURL(join(folder, 'diff.html')).href,
    );
  });

  test('without JavaScript: figures, answers and pictures are there, buttons are not', () =>
    visit({ javaScriptEnabled: false }, async (page) => {
      // a chart may hold a legend, an svg of its own, too
      const charts = await page.locator('.chart:has(svg)').count();
      assert.equal(charts, await page.locator('figure').count());
      for (const i of [0, charts - 1]) assert.ok((await page.locator('.chart:has(svg)').nth(i).boundingBox())!.height > 60);
      assert.equal(await page.locator('.answer').count(), data.sections.length);
      assert.equal(await page.locator('.download:visible').count(), 0);
    }));

  test('hovering a line shows its values', () =>
    visit({}, async (page) => {
      const chart = page.locator('[data-section="learning-curves-openmoji"][data-figure="curves"]');
      await chart.scrollIntoViewIfNeeded();
      await page.waitForFunction(() => document.querySelector<HTMLElement>('[data-figure="curves"]')!.dataset['width']);
      const box = (await chart.boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.6);
      const tip = chart.locator('[aria-label="tip"]').filter({ hasText: 'accuracy' });
      await tip.first().waitFor({ state: 'attached', timeout: 5000 });
      assert.match((await tip.first().textContent())!, /(P-T|RI-T)\.\d, epoch \d+.*accuracy \d+\.\d %/s);
    }));

  test('downloads: CSV with every row, JSON, and an SVG with its colours', () =>
    visit({}, async (page) => {
      const fetch = async (selector: string): Promise<{ name: string; text: string }> => {
        const [download] = await Promise.all([page.waitForEvent('download'), page.locator(selector).first().click()]);
        return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
      };
      const section = data.sections.find(({ id }) => id === 'interpolation-outline')!;
      const table = await fetch('.downloads [data-csv="paths"][data-section="interpolation-outline"]');
      assert.equal(table.name, 'interpolation-outline-paths.csv');
      assert.equal(table.text, csv(section.tables['paths']!));
      const json = await fetch('[data-json][data-section="interpolation-outline"]');
      assert.deepEqual((JSON.parse(json.text) as { tables: unknown }).tables, section.tables);
      const svg = await fetch('[data-svg="accuracy"][data-section="interpolation-outline"]');
      assert.match(svg.text, /^<svg[^>]* xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      assert.match(svg.text, /^<svg[^>]* aria-label="Accuracy along straight lines/);
      assert.doesNotMatch(svg.text, /^<svg[^>]* aria-hidden/);
      assert.match(svg.text, /stroke="rgb\(0, 105, 168\)"/);
      assert.doesNotMatch(svg.text, /(fill|stroke)="(var\(|currentColor)/);
    }));

  test('the theme button goes through system, light and dark', () =>
    visit({ colorScheme: 'light' }, async (page) => {
      const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const light = await background();
      await page.locator('#theme').click();
      assert.equal(await background(), light);
      await page.locator('#theme').click();
      assert.notEqual(await background(), light);
      assert.equal(await page.locator('#theme').textContent(), 'Theme: dark');
    }));

  for (const [colorScheme, rules] of [
    ['light', null],
    ['dark', ['color-contrast']],
  ] as const) {
    test(`axe finds nothing serious, ${colorScheme}`, () => {
      const look = async (page: Page) => {
        await scroll(page);
        await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
        await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') });
        const violations = await page.evaluate(async (only) => {
          const { axe } = globalThis as unknown as { axe: Axe };
          // charts speak through their labels; the palette has its own test
          const found = await axe.run({ exclude: ['.chart svg'] }, only ? { runOnly: [...only] } : {});
          return found.violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes.length} × ${nodes[0]!.html.slice(0, 160)}`);
        }, rules);
        assert.deepEqual(violations, []);
      };
      return visit({ colorScheme, bypassCSP: true }, look, pages.small);
    });
  }
});

/** The same page with three rows a table: axe looks at every cell. */
function small(data: ReportData): ReportData {
  const few = (tables: ReportData['sections'][number]['tables']) =>
    Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.slice(0, 3)]));
  return { ...data, sections: data.sections.map((section) => ({ ...section, tables: few(section.tables) })) };
}

interface Axe {
  run(
    context: { exclude: string[] },
    options: { runOnly?: readonly string[] },
  ): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
}
