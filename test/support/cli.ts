import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export interface Finished {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** The CLI in a folder of its own, removed after the test. */
export interface Rig {
  readonly folder: string;
  path(...parts: string[]): string;
  write(name: string, content: string | Uint8Array): Promise<string>;
  /** Runs `carryover …args` to its end; the store is the rig's own. */
  run(...args: string[]): Promise<Finished>;
  /** Starts it and lets the test talk to the process meanwhile. */
  start(...args: string[]): { child: ChildProcess; finished: Promise<Finished> };
}

/** `more`: variables besides the test's own. */
export async function cliRig(t: Pick<TestContext, 'after'>, more: Readonly<Record<string, string>> = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-cli-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const start: Rig['start'] = (...args) => {
    const begun = performance.now();
    // NO_COLOR and no terminal: what a log file would get
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { ...process.env, NO_COLOR: '1', ...more } });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const finished = new Promise<Finished>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, stderr, seconds: (performance.now() - begun) / 1000 }));
    });
    return { child, finished };
  };
  return {
    folder,
    path: (...parts) => join(folder, ...parts),
    async write(name, content) {
      await writeFile(join(folder, name), content);
      return name;
    },
    run: (...args) => start(...args).finished,
    start,
  };
}
