import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Provider } from '../study/provenance.js';
import type { Store } from '../store/store.js';
import { explainDiskFull } from '../store/write.js';
import type { StepId } from '../study/step.js';
import type { Executor, Job, Outcome, Progress } from './executor.js';
import type { Message, ToWorker } from './worker.js';

export interface ProcessesOptions {
  readonly store: Store;
  /** Threads of each process. */
  readonly threads: number;
  /** Where each computes, as `useProvider` found it. Default: cpu. */
  readonly provider?: Provider;
  /** What starts a worker; the step's id, `--store DIR --threads N` and, unless it is cpu, `--provider P` follow. Default: this package's `carryover step`. */
  readonly command?: readonly string[];
}

/** From asking a process to stop to ending it. */
const PATIENCE_MS = 1500;

const CARRYOVER_STEP = [process.execPath, fileURLToPath(new URL('../cli/main.js', import.meta.url)), 'step'];

/** Every step in a process of its own, which leads a process group and writes to the step's log. */
export function processes({ store, threads, provider = 'cpu', command = CARRYOVER_STEP }: ProcessesOptions): Executor {
  const jobs = new Set<Job>();
  return {
    name: 'processes',
    submit(step, onProgress) {
      const controller = new AbortController();
      const line = [
        ...command,
        step,
        '--store',
        store.directory,
        '--threads',
        String(threads),
        ...(provider === 'cpu' ? [] : ['--provider', provider]),
      ];
      const spares = spareProcesses();
      const outcome = runProcess(line, { step, store, signal: controller.signal, onProgress, spares }).finally(() => jobs.delete(job));
      const job: Job = { step, outcome, spare: spares.set, cancel: () => controller.abort() };
      jobs.add(job);
      return job;
    },
    async close() {
      const open = [...jobs];
      for (const job of open) job.cancel();
      await Promise.all(open.map(({ outcome }) => outcome));
    },
  };
}

/** How many further processes a step may use: told to its process, whenever that starts. */
function spareProcesses() {
  let [most, child] = [0, undefined as ChildProcess | undefined];
  const tell = () => {
    if (child?.connected) child.send({ type: 'spare', processes: most } satisfies ToWorker);
  };
  return {
    set(processes: number) {
      if (processes === most) return;
      most = processes;
      tell();
    },
    attach(started: ChildProcess) {
      child = started;
      if (most > 0) tell();
    },
  };
}

interface Running {
  readonly step: StepId;
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly spares: ReturnType<typeof spareProcesses>;
}

async function runProcess([file, ...args]: readonly string[], { step, store, signal, onProgress, spares }: Running): Promise<Outcome> {
  let log: FileHandle | undefined;
  try {
    log = await open(store.log(step), 'a');
    await log.write(`--- ${new Date().toISOString()} ${args.slice(-5).join(' ')}\n`);
  } catch (error) {
    await log?.close();
    const { message } = (await explainDiskFull(error, store.directory)) as Error;
    return { ok: false, reason: 'lost', message: `its log must be writable, got ${message}` };
  }
  try {
    if (signal.aborted) return CANCELLED;
    // a group of its own: Ctrl-C in a terminal reaches only us, and we end it with everything that it started
    const child = spawn(file!, args, { stdio: ['ignore', log.fd, log.fd, 'ipc'], detached: process.platform !== 'win32' });
    spares.attach(child);
    return await listen(child, signal, onProgress);
  } finally {
    await log.close();
  }
}

const CANCELLED: Outcome = { ok: false, reason: 'cancelled', message: 'stopped; what was done is kept' };

function listen(child: ChildProcess, signal: AbortSignal, onProgress: ((progress: Progress) => void) | undefined): Promise<Outcome> {
  return new Promise((resolve) => {
    let told: Outcome | undefined;
    let ended: string | undefined;
    let patience: NodeJS.Timeout | undefined;
    const stop = () => {
      killGroup(child, 'SIGTERM');
      patience = setTimeout(() => killGroup(child, 'SIGKILL'), PATIENCE_MS);
    };
    const settle = (outcome: Outcome) => {
      clearTimeout(patience);
      signal.removeEventListener('abort', stop);
      resolve(!outcome.ok && signal.aborted ? CANCELLED : outcome);
    };
    // the last message may come after the news of the end: wait for both, the end and the closed channel
    const settleWhenOver = () => {
      if (ended !== undefined && !child.connected)
        settle(told ?? { ok: false, reason: 'crashed', message: `its process ended ${ended} and said nothing` });
    };
    child.on('message', (message: Message) => {
      if (message.type === 'outcome') told = message.outcome;
      else onProgress?.({ share: message.share, detail: message.detail });
    });
    child.on('error', (error) => {
      if (child.pid === undefined) settle({ ok: false, reason: 'lost', message: `its process must start, got ${error.message}` });
    });
    child.on('exit', (code, by) => {
      ended = by ? `by ${by}` : `with code ${String(code)}`;
      // a process that helped it may hang, and would not see that it is gone
      killGroup(child, 'SIGKILL');
      settleWhenOver();
    });
    child.on('disconnect', settleWhenOver);
    signal.addEventListener('abort', stop, { once: true });
  });
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // gone already
  }
}
