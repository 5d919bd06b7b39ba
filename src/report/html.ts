import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseHTML } from 'linkedom';
import { renderToString } from 'preact-render-to-string';
import { embed } from '../web/embed.js';
import { Page } from '../web/page.js';
import type { Draw } from '../web/section.js';
import { STYLE } from '../web/style.js';
import type { ReportData } from './contract.js';

/** Made by scripts/bundle.ts from web/browser.ts. */
const SCRIPT = new URL('../page.js', import.meta.url);
/** Pixels; charts are drawn anew at the page's width where scripts run. */
const WIDTH = 540;

/** One HTML file that loads nothing: style, script, charts and pictures are inside. Legible with scripts off. */
export async function renderReport(data: ReportData): Promise<string> {
  const script = await readScript();
  const { document } = parseHTML('<html><body></body></html>');
  const draw: Draw = (figure, tables) => figure.draw(tables, { document, width: WIDTH })?.outerHTML ?? null;
  const body = renderToString(Page({ data, draw }));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${attribute(data.summary[0]?.text ?? 'What fine-tuning took over from pre-training')}">
<title>${attribute(data.title)} · Carryover</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
${body}
<script type="application/json" id="data">${embed(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** Nothing may be fetched and only this script may run. Plot's charts bring style elements of their own. */
function policy(script: string): string {
  const hash = createHash('sha256').update(script).digest('base64');
  return `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

async function readScript(): Promise<string> {
  try {
    return (await readFile(SCRIPT, 'utf8')).trim();
  } catch (cause) {
    throw new Error(`report: the page's script must be built first (npm run build), got no ${fileURLToPath(SCRIPT)}`, { cause });
  }
}

const attribute = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!);
