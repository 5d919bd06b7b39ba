// Bundles the report page's script for the browser: dist/src/web/page.js → dist/page.js (one self-contained file).
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const entry = at('../src/web/page.js');
if (existsSync(entry)) {
  await build({
    entryPoints: [entry],
    outfile: at('../page.js'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
  });
}
