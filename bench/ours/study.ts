import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Asked } from './main.js';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** `carryover demo` in a fresh store, up to the report. */
export function openStudy({ threads }: Asked<'study'>): Promise<() => Promise<unknown>> {
  return Promise.resolve(async () => {
    const store = await mkdtemp(join(tmpdir(), 'carryover-bench-store-'));
    try {
      const shares = ['--workers', String(threads), '--threads', '1'];
      const child = spawn(process.execPath, [MAIN, 'demo', '--quiet', '--store', store, ...shares], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
      if (code !== 0) throw new Error(`bench: carryover demo must end with code 0, got ${String(code)}`);
    } finally {
      await rm(store, { recursive: true, force: true });
    }
  });
}
