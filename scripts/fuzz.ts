// Reads mutated checkpoints for a while: `npm run fuzz -- --seconds 60 [--seed 1] [--only pth,safetensors,onnx,network]`. Every reader must return
// or throw an InputError, within seconds and bounded memory. What breaks that is written to fuzz-findings/ and fails the run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { TARGETS } from './fuzz/targets.js';
import type { FuzzMessage, FuzzWork } from './fuzz/worker.js';

/** A reader that does not come back within this is stuck. Long: a busy machine may not run a thread for many seconds. */
const HANG_MS = 60_000;

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' }, only: { type: 'string' } },
});
const names = values.only?.split(',') ?? Object.keys(TARGETS);
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
const unknown = names.find((name) => !(name in TARGETS));
if (unknown !== undefined || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write(`fuzz: --seconds must be positive, --seed whole, --only of ${Object.keys(TARGETS).join(', ')}\n`);
  process.exit(2);
}
const broken = (await Promise.all(names.map(fuzz))).filter((fine) => !fine);
process.exit(broken.length > 0 ? 1 : 0);

/** One reader in a thread of its own; false when it broke. */
function fuzz(target: string): Promise<boolean> {
  const current = new SharedArrayBuffer(4 + 2 ** 18);
  const work: FuzzWork = { target, seconds, seed, current };
  const worker = new Worker(new URL('./fuzz/worker.js', import.meta.url), {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  return new Promise((resolve) => {
    let fine = true;
    let watch: NodeJS.Timeout;
    const fail = (why: string) => {
      fine = false;
      mkdirSync('fuzz-findings', { recursive: true });
      const file = `fuzz-findings/${target}-${Date.now()}${TARGETS[target]!.endings[0]!}`;
      writeFileSync(file, Buffer.from(current).subarray(4, 4 + new Uint32Array(current, 0, 1)[0]!));
      process.stderr.write(`${target}: ${why}\n  the file: ${file}\n`);
    };
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => {
        fail(`did not come back within ${HANG_MS / 1000} s`);
        void worker.terminate();
      }, HANG_MS);
    };
    alive();
    worker.on('message', (message: FuzzMessage) => {
      alive();
      if (message.kind === 'broken') fail(message.why);
      if (message.kind === 'done')
        process.stdout.write(`${target}: ${message.runs} files from ${message.seeds} seeds, ${message.read} read, the rest refused\n`);
    });
    worker.on('error', (error) => fail(error.stack ?? String(error)));
    worker.on('exit', () => {
      clearTimeout(watch);
      resolve(fine);
    });
  });
}
