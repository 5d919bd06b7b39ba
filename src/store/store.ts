import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../tensor/input-error.js';
import { openChecks, verifyFolder } from './checksums.js';
import type { Draft } from './draft.js';
import { openDraft } from './draft.js';
import { layout } from './layout.js';
import type { Holder } from './lock.js';
import { isLock, lockHolder, tryLock } from './lock.js';
import { contentOf, plansIn } from './plans.js';
import { explainDiskFull, readJson, readJsonIfThere, writeJson } from './write.js';

/** Why the last try of a step failed. */
export interface Failure {
  readonly reason: string;
  readonly message: string;
  readonly log: string;
  readonly at: string;
}

export interface BeginOptions {
  readonly signal?: AbortSignal;
  /** Told once when another process works on the step and we wait for it. */
  onWait?(holder: Holder): void;
}

/** Artifacts by identity, in a folder. See `layout.ts` for what lies where. Two processes may use one store. */
export interface Store {
  readonly directory: string;
  /** Folder of a published step, or a file in it. */
  path(id: string, ...file: string[]): string;
  /** Folder of a step in the making. */
  partialPath(id: string, ...file: string[]): string;
  has(id: string): Promise<boolean>;
  /**
   * Path of a published step's file, or of its folder, to read from: held against its checksums, once a process. Throws InputError with the cure
   * when the bytes are not those that were written.
   */
  checked(id: string, file?: string): Promise<string>;
  /** A JSON file of a published step: 'tables.json', 'epochs.json', 'step.json', 'provenance.json'. Throws as `checked` does. */
  readJson<T>(id: string, file: string): Promise<T>;
  /**
   * Takes a step in hand: null when it is finished already. While another process works on it, waits for its end; a dead one's work is
   * taken over.
   */
  begin(id: string, options?: BeginOptions): Promise<Draft | null>;
  /** Who works on a step now. */
  holder(id: string): Promise<Holder | undefined>;
  /** Whether an interrupted try left something to go on from. */
  hasPartial(id: string): Promise<boolean>;
  /** What is wrong with a published step's files; empty when nothing is. Reads all of them. */
  verify(id: string): Promise<string[]>;
  /** Saves a plan, so that its steps can be run by their ids. Other plans of the study stay: a run may be at work on them. */
  savePlan(study: string, plan: unknown): Promise<void>;
  /** All saved plans, the last saved first. What cannot be read is passed over: it must not stop a run that needs another. */
  plans<T>(): AsyncGenerator<T, void, void>;
  /** Path of a step's log. */
  log(id: string): string;
  failure(id: string): Promise<Failure | undefined>;
  /** null: it did not fail after all. */
  setFailure(id: string, failure: Failure | null): Promise<void>;
  /** A measurement of this machine, by key. */
  measure<T>(key: string): Promise<T | undefined>;
  setMeasure(key: string, value: unknown): Promise<void>;
}

const POLL_MS = 200;

/** Opens a store, and makes its folder. Throws InputError when that cannot be. */
export async function openStore(directory: string): Promise<Store> {
  const root = resolve(directory);
  const names = layout(root);
  try {
    for (const folder of names.folders) await mkdir(folder, { recursive: true });
  } catch (error) {
    const cause = (await explainDiskFull(error, root)) as Error;
    throw new InputError(`store: must be a folder that can be written, got ${directory} (${cause.message})`, { cause });
  }
  const checks = openChecks();
  const has = (id: string) => exists(names.step(id));
  return {
    directory: root,
    path: names.step,
    partialPath: names.partial,
    has,
    checked: (id, file) => checks.checked(names.step(id), file),
    readJson: (id, file) => checks.json(names.step(id), file),
    async begin(id, { signal, onWait } = {}) {
      for (let told = false; ; told = true) {
        signal?.throwIfAborted();
        if (await has(id)) return null;
        const taken = await tryLock(names.lock(id));
        if (isLock(taken)) {
          // published between the two questions
          if (!(await has(id))) return openDraft(names, id, taken);
          await taken.release();
          return null;
        }
        if (!told) onWait?.(taken);
        await sleep(POLL_MS, undefined, signal ? { signal } : {});
      }
    },
    holder: (id) => lockHolder(names.lock(id)),
    hasPartial: (id) =>
      readdir(names.partial(id)).then(
        (files) => files.length > 0,
        () => false,
      ),
    verify: (id) => verifyFolder(names.step(id)),
    savePlan: (study, plan) => writeJson(names.plan(study, contentOf(plan)), plan),
    async *plans<T>() {
      for (const { path } of await plansIn(names.plans)) {
        const plan = await readJson<T>(path).catch(() => undefined);
        if (plan !== undefined) yield plan;
      }
    },
    log: names.log,
    failure: (id) => readJsonIfThere(names.failure(id)),
    setFailure: (id, failure) => (failure ? writeJson(names.failure(id), failure) : rm(names.failure(id), { force: true })),
    measure: (key) => readJsonIfThere(names.measure(key)),
    setMeasure: (key, value) => writeJson(names.measure(key), value),
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
