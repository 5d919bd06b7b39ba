import type { Params } from '../tensor/params.js';
import type { Dataset, SplitName } from '../data/dataset.js';
import type { Network, NetworkSpec, NetworkShape } from '../models/network.js';
import type { EpochRow } from '../train/recipe.js';

/** RI: random initialization, P: pre-trained, -T: trained on the target. */
export type Role = 'RI' | 'P' | 'RI-T' | 'P-T';

/** Which checkpoint of a run: the network before training, after an epoch, the best on validation, the last. */
export type At = 'initial' | 'best' | 'final' | number;

/** The checkpoints that an analysis may be asked to look at (option `at`). */
export const ENDS = ['best', 'final'] as const;
export type End = (typeof ENDS)[number];

/** One trained network, as analyses see it. */
export interface Run {
  /** 'P', 'P-T.1', 'RI-T.2': role and seed. */
  readonly name: string;
  readonly role: Role;
  readonly seed: number;
  readonly network: NetworkSpec;
  readonly epochs: readonly EpochRow[];
  readonly bestEpoch: number;
  checkpoint(at: At): Promise<Params>;
}

/** Everything an analysis may look at: the runs on one target, and P. */
export interface Subject {
  /** The target's name in the study. */
  readonly target: string;
  readonly data: Dataset;
  /** P (when there is one) and all runs on the target. P's head has the source's classes. */
  readonly runs: readonly Run[];
  /** Seed of bootstraps and draws. */
  readonly seed: number;
  /** The network of a run built for this batch size, with the head of the target's classes (or P's own for P). */
  network(run: Run, shape: Pick<NetworkShape, 'batch'>): Network;
  readonly threads: number;
  /** Told between pieces of work: share done in [0, 1]. */
  progress(share: number): void;
}

/** Logits of one set of parameters on one split, in the split's order. */
export interface Predictions {
  readonly split: SplitName;
  readonly ids: readonly string[];
  readonly labels: Int32Array;
  readonly classes: number;
  /** float32 [count, classes]. */
  readonly logits: Float32Array;
}

/** A tidy row: one observation, plain values. Undefined results are null with a reason beside them, never NaN. */
export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** The named tables an analysis returns; one CSV each. */
export type Tables = Readonly<Record<string, readonly Row[]>>;

/** One file of `analyses/`. Its name is also the CLI word, the step kind, the chart and the doc page. */
export interface Analysis<O extends object = object> {
  readonly name: string;
  /** Raised when numbers change; part of a step's identity. */
  readonly version: number;
  /** The defaults. */
  readonly options: O;
  /** Throws InputError when an option breaks a rule; `run` does so too, but a plan need not wait for that. */
  check?(options: O): void;
  run(subject: Subject, options: O): Promise<Tables>;
}
