import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseHTML } from 'linkedom';
import { renderToString } from 'preact-render-to-string';
import { innerTables } from '../tensor/metric.js';
import { embed } from '../web/embed.js';
import { DiffPage } from '../web/diff-page.js';
import { Page } from '../web/page.js';
import type { Draw } from '../web/section.js';
import { strangerStyle } from '../web/style.js';
import type { ReportData } from './contract.js';
import type { DiffData } from './diff.js';
import { htmlDocument } from './document.js';

/** Made by scripts/bundle.ts from web/browser.ts. */
const SCRIPT = new URL('../page.js', import.meta.url);
/** Pixels; charts are drawn anew at the page's width where scripts run. */
const WIDTH = 540;

/** One HTML file that loads nothing: style, script, charts and pictures are inside. Legible with scripts off. */
export async function renderReport(data: ReportData): Promise<string> {
  const script = await readScript();
  const { document } = parseHTML('<html><body></body></html>');
  const draw: Draw = (figure, { tables, metric }) =>
    figure.draw(innerTables(tables), { document, width: WIDTH, metric })?.outerHTML ?? null;
  const body = renderToString(Page({ data, draw }));
  return htmlDocument({
    title: `${data.title} · Carryover`,
    description: data.advice[0]?.text ?? data.summary[0]?.text ?? 'What fine-tuning took over from pre-training',
    body: `${body}\n<script type="application/json" id="data">${embed(data)}</script>`,
    style: strangerStyle(kindsOf(data)),
    script,
  });
}

/** Roles and pairs of roles, in the order of the page. */
const kindsOf = ({ runs, sections }: ReportData): string[] => [
  ...runs.map(({ role }) => role),
  ...sections.flatMap(({ tables }) =>
    Object.values(tables).flatMap((rows) => rows.flatMap(({ pair }) => (typeof pair === 'string' ? [pair] : []))),
  ),
];

/** The two files of one comparison of checkpoints; no script. */
export const renderDiff = (data: DiffData): string =>
  htmlDocument({ title: `${data.title} · Carryover`, description: data.sentences[0] ?? '', body: renderToString(DiffPage({ data })) });

async function readScript(): Promise<string> {
  try {
    return (await readFile(SCRIPT, 'utf8')).trim();
  } catch (cause) {
    throw new Error(`report: the page's script must be built first (npm run build), got no ${fileURLToPath(SCRIPT)}`, { cause });
  }
}
