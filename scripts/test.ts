// Runs every compiled test: `node dist/scripts/test.js [filter]`. Two files at a time: CI and users have two cores.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../test', import.meta.url));
const filter = process.argv[2] ?? '';
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js') && file.includes(filter))
  .sort()
  .map((file) => join(root, file));
if (files.length === 0) {
  process.stderr.write(`test: no test file's name contains ${filter}\n`);
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', '--test-reporter=spec', '--test-concurrency=2', ...files],
  { stdio: 'inherit' },
);
process.exit(status ?? 1);
