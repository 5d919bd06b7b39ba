import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What a side prints as its last line. */
export interface Measured {
  readonly times_ms: readonly number[];
  readonly peak_mb: number;
  /** PyTorch's version and BLAS; ours says nothing. */
  readonly versions?: string;
}

const LOOK_EVERY_MS = 200;

/** Runs a command to its end and reads its last line. `peak_mb` is that of the process and all it started, where /proc tells. */
export async function measure(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  let [out, peak] = ['', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const look = setInterval(() => (peak = Math.max(peak, treeMb(child.pid!))), LOOK_EVERY_MS);
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve)).finally(() =>
    clearInterval(look),
  );
  if (code !== 0) throw new Error(`bench: ${command} ${args[0]} must end with code 0, got ${code}`);
  const measured = JSON.parse(out.trimEnd().split('\n').at(-1)!) as Measured;
  return { ...measured, peak_mb: Math.max(peak, measured.peak_mb) };
}

/** Resident memory of a process and its descendants; 0 where there is no /proc. */
function treeMb(root: number): number {
  const processes = new Map<number, { readonly parent: number; readonly mb: number }>();
  try {
    for (const name of readdirSync('/proc')) {
      const pid = Number(name);
      if (!Number.isInteger(pid)) continue;
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const field = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
      processes.set(pid, { parent: field('PPid'), mb: (field('VmRSS') * 1024) / 1e6 });
    }
  } catch {
    // a process that ended while we looked
  }
  const of = (pid: number): number =>
    (processes.get(pid)?.mb ?? 0) + [...processes].reduce((sum, [child, { parent }]) => (parent === pid ? sum + of(child) : sum), 0);
  return of(root);
}

/** The first Python with PyTorch: $PYTHON, Debian's, the path's. */
export const findPython = (): string | undefined =>
  [process.env['PYTHON'], '/usr/bin/python3', 'python3'].find(
    (python) => python && spawnSync(python, ['-c', 'import torch, torchvision']).status === 0,
  );
