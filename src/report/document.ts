import { createHash } from 'node:crypto';
import { STYLE } from '../web/style.js';

export interface DocumentParts {
  readonly title: string;
  readonly description: string;
  /** HTML. */
  readonly body: string;
  /** CSS after the page's own. */
  readonly style?: string;
  /** The only script that may run; none: no script at all. */
  readonly script?: string;
}

/** One HTML file that loads nothing: style and script are inside. */
export function htmlDocument({ title, description, body, style = '', script }: DocumentParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${attribute(description)}">
<title>${attribute(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}${style}</style>
</head>
<body>
${body}
${script === undefined ? '' : `<script>${script}</script>\n`}</body>
</html>
`;
}

/** Nothing may be fetched and only this script may run. Plot's charts bring style elements of their own. */
function policy(script: string | undefined): string {
  const source = script === undefined ? "'none'" : `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  return `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src ${source}; base-uri 'none'; form-action 'none'`;
}

const attribute = (text: string): string =>
  text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!);
