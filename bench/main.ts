// npm run bench: Carryover and PyTorch on the same work, in turn, never at the same time. See --help.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runtimeVersion } from '../src/runtime/onnxruntime.js';
import { writePictures } from './artwork.js';
import type { BenchRow } from './compare.js';
import { compare } from './compare.js';
import { findPython } from './processes.js';
import { markdown } from './table.js';
import { WORKLOAD_LIST } from './workloads.js';

const HELP = `usage: npm run bench -- [options]
  --quick          a few workloads, two rounds: under five minutes
  --filter TEXT    only workloads whose name has TEXT in it, case aside
  --rounds N       rounds (3; --quick: 2)
  --threads N      of both sides (all cores)
  --json           print JSON instead of a Markdown table
  --out FILE       also write what is printed to a file
  --list           only names
PyTorch is looked for in $PYTHON, /usr/bin/python3 and python3.
`;

const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    filter: { type: 'string', default: '' },
    rounds: { type: 'string' },
    threads: { type: 'string' },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Of --quick: as many runs as give a median. */
const FEW = 5;

const wanted = WORKLOAD_LIST.filter(
  ({ name, quick }) => (quick || !args.quick) && name.toLowerCase().includes(args.filter.toLowerCase()),
).map((each) => (args.quick ? { ...each, repeats: Math.min(each.repeats, FEW) } : each));
if (args.help) process.stdout.write(HELP);
else if (args.list) process.stdout.write(wanted.map(({ name }) => `${name}\n`).join(''));
else await bench();

async function bench(): Promise<void> {
  const [threads, rounds] = [Number(args.threads ?? availableParallelism()), Number(args.rounds ?? (args.quick ? 2 : 3))];
  const python = findPython();
  const pictures = await mkdtemp(join(tmpdir(), 'carryover-bench-'));
  const rows: BenchRow[] = [];
  let torch = python ? '' : 'no PyTorch found';
  try {
    if (wanted.some(({ job }) => job.kind === 'images')) await writePictures(pictures, 1024);
    for (const workload of wanted) {
      process.stderr.write(`${workload.name} …\n`);
      const { versions, ...row } = await compare(workload, { rounds, threads, pictures, python });
      torch = versions ?? torch;
      rows.push(row);
    }
  } finally {
    await rm(pictures, { recursive: true, force: true });
  }
  const machine = { cpu: cpus()[0]?.model.trim() ?? 'unknown', threads, node: process.version, onnxruntime: runtimeVersion().onnxruntime };
  const how = `${threads} threads on ${machine.cpu}; Node ${machine.node}, onnxruntime ${machine.onnxruntime}; ${torch}; float32, ${rounds} rounds in turn, medians; the first 8 steps of a process are dropped.`;
  const text = args.json ? `${JSON.stringify({ ...machine, pytorch: torch, rounds, rows }, null, 2)}\n` : markdown(rows, how);
  process.stdout.write(text);
  if (args.out) await writeFile(args.out, text);
}
