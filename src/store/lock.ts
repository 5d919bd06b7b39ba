import { readFileSync } from 'node:fs';
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who holds a lock. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When that process began, in the machine's own words, so that a reused process id is not taken for it; null where unknown. */
  readonly began: string | null;
  /** Tells two holds of one process apart. */
  readonly hold: number;
}

export interface Lock {
  release(): Promise<void>;
}

const HEARTBEAT_MS = 10_000;
/** A holder whose process cannot be asked (another host) is given up when its lock was not touched for so long. */
const SILENT_MS = 10 * 60_000;
const GUARD_MS = 10_000;

let serial = 0;

/** Takes the lock, also from a process that died, or returns its living holder. The file appears with its content (link) or not at all. */
export async function tryLock(path: string): Promise<Lock | Holder> {
  const hold = serial++;
  const own = `${path}.${process.pid}-${hold}`;
  const content = JSON.stringify(me(hold));
  try {
    await writeFile(own, content);
    for (;;) {
      if (await linked(own, path)) return held(path, content);
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      const holder = parse(text);
      if (holder && (await isAlive(holder, path))) return holder;
      await evict(path, text, own);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Who works under a lock; undefined when nobody does any more. */
export async function lockHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const holder = text === undefined ? undefined : parse(text);
  return holder && (await isAlive(holder, path)) ? holder : undefined;
}

export const isLock = (taken: Lock | Holder): taken is Lock => 'release' in taken;

function held(path: string, content: string): Lock {
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), HEARTBEAT_MS).unref();
  return {
    async release() {
      clearInterval(beat);
      // only ours: who took us for dead may have taken it over
      if ((await readFile(path, 'utf8').catch(() => undefined)) === content) await rm(path, { force: true });
    },
  };
}

const linked = (from: string, to: string): Promise<boolean> =>
  link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );

/**
 * Removes a dead holder's lock. One process at a time (a guard file), and only the very lock that was judged: another process may have
 * removed it and taken its place since.
 */
async function evict(path: string, judged: string, own: string): Promise<void> {
  const guard = `${path}.evict`;
  if (!(await linked(own, guard))) {
    const { mtimeMs } = await stat(guard).catch(() => ({ mtimeMs: Date.now() }));
    // its holder died within these few milliseconds
    if (Date.now() - mtimeMs > GUARD_MS) await rm(guard, { force: true });
    return sleep(5);
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => undefined)) === judged) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function parse(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

async function isAlive({ pid, host, began }: Holder, path: string): Promise<boolean> {
  if (host === hostname()) {
    if (!isRunning(pid)) return false;
    const found = beginOf(pid);
    if (began !== null && found !== null) return began === found;
  }
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
  return Date.now() - mtimeMs < SILENT_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // there, but another user's
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Boot and tick at which a process began (Linux), also null for one that is dead but not yet buried by its parent. */
function beginOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // the second field is the name in parentheses and may hold blanks: count from behind it. State is field 3, the begin field 22
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return fields[0] === 'Z' ? 'zombie' : `${boot} ${fields[19]!}`;
  } catch {
    return null;
  }
}

const me = (hold: number): Holder => ({ pid: process.pid, host: hostname(), began: beginOf(process.pid), hold });
