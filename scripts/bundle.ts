// Bundles the report page's script for the browser: dist/src/web/browser.js → dist/src/page.js (one self-contained file).
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
await build({
  entryPoints: [at('../src/web/browser.js')],
  outfile: at('../src/page.js'),
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  legalComments: 'none',
});
