import type { FreezingRule } from './freezing-choice.js';
import type { Options } from '../tensor/options.js';
import type { Metric } from '../tensor/metric.js';
import type { Params } from '../tensor/params.js';
import type { Dataset, SplitName } from '../data/dataset.js';
import type { Shuffle } from '../data/shuffle.js';
import type { Network, NetworkSpec, NetworkShape } from '../models/network.js';
import type { EpochRow, Recipe, Seeds } from '../train/recipe.js';

/** RI: random initialization, P: pre-trained, -T: trained on the target. Any other word: networks of the user's own, trained on the target. */
export type Role = string;

/** Which checkpoint of a run: the network before training, after an epoch, the best on validation, the last. */
export type At = 'initial' | 'best' | 'final' | number;

/** What is known of where a run started: all of it, all but its head, nothing. */
export type Start = 'whole' | 'body' | 'none';

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
  /** None for a network that was trained elsewhere: its last epoch is its best, and its number is not known. */
  readonly epochs: readonly EpochRow[];
  /** What its rows call accuracy, left out where it is that. */
  readonly metric?: Metric;
  readonly bestEpoch: number;
  /** Epochs whose checkpoint is kept, ascending; of a run that was trained here 0, the best and the last are among them. */
  readonly saved: readonly number[];
  /** Test images that the accuracies of `epochs` were counted on; left out where that is not on record. */
  readonly tested?: number;
  /** Left out: whole. 'body': the checkpoint 'initial' has the head of the end. */
  readonly start?: Start;
  checkpoint(at: At): Promise<Params>;
}

/** A training that an analysis asked for (`sweep`). */
export interface SweepRun extends Run {
  /** What it was asked for with, word for word. */
  readonly variant: Variant;
  /** The images it was trained on, as it saw them: those of the target, or shuffled, or of another target. */
  data(): Promise<Dataset>;
}

/** One of several pieces of work that do not look at each other, by its number. What it returns must survive a message between processes. */
export type Piece<T> = (index: number, progress: (share: number) => void) => Promise<T>;

/** Everything an analysis may look at: the runs on one target, and P. */
export interface Subject {
  /** The target's name in the study. */
  readonly target: string;
  readonly data: Dataset;
  /** P (when there is one) and all runs on the target. P's head has the source's classes. */
  readonly runs: readonly Run[];
  /** The trainings that the analysis asked for, none of which is in `runs`; left out where there are none. */
  readonly sweep?: readonly SweepRun[];
  /** What P was trained on, where the analysis asks for it, and the networks for its images; left out without P. */
  readonly source?: Pick<Subject, 'data' | 'network'>;
  /** Tables of the analyses that this one reads, by their names. */
  readonly results?: Readonly<Record<string, Tables>>;
  /** Seed of bootstraps and draws. */
  readonly seed: number;
  /** The network of a run built for this batch size, with the head of the target's classes (or P's own for P). */
  network(run: Run, shape: Pick<NetworkShape, 'batch'>): Network;
  readonly threads: number;
  /** Told between pieces of work: share done in [0, 1]. */
  progress(share: number): void;
  /** Does pieces, some of them in other processes while cores are free; left out: see `inPieces`. */
  pieces?<T>(count: number, piece: Piece<T>): Promise<T[]>;
}

/** Logits of one set of parameters on one split, in the split's order. */
export interface Predictions {
  readonly split: SplitName;
  readonly ids: readonly string[];
  readonly labels: Int32Array;
  /** Independent labels instead: [count, classes], see Split. */
  readonly marks?: Int8Array;
  readonly classes: number;
  /** float32 [count, classes]. */
  readonly logits: Float32Array;
}

/** A tidy row: one observation, plain values. Undefined results are null with a reason beside them, never NaN. */
export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** The named tables an analysis returns; one CSV each. */
export type Tables = Readonly<Record<string, readonly Row[]>>;

/** What tells the trainings of a sweep apart: columns of the analysis' rows. */
export type Variant = Readonly<Record<string, Cell>>;

/** What a study holds, for an analysis that asks for trainings. */
export interface Ground {
  readonly target: string;
  /** All targets of the study, by their names in `data`. */
  readonly targets: readonly string[];
  /** Side of the target's square images; undefined where only its files tell. */
  readonly side: number | undefined;
  readonly pretrain: { readonly recipe: Recipe } | null;
  /** Those that are trained here. */
  readonly arms: readonly { readonly role: 'P-T' | 'RI-T'; readonly seeds: readonly Seeds[]; readonly recipe: Recipe }[];
  /** Some networks of the study were trained elsewhere: a sweep that it cannot have asks for nothing, and `run` says why. */
  readonly foreign?: boolean;
  /** The runs on targets that were trained elsewhere; those of a role on a target are numbered from 1. */
  readonly loaded?: readonly LoadedElsewhere[];
}

/** A training that is asked for: that of the role's arm on the target, save for what is said here. */
export interface Training {
  /** Its name among the analysis' runs, beginning with the role: 'P-T.1, blocks of 4'. */
  readonly name: string;
  readonly role: 'P-T' | 'RI-T';
  readonly seeds: Seeds;
  /** Laid over the arm's recipe, in a study file's words. */
  readonly recipe?: Options;
  /** Another target. */
  readonly on?: string;
  readonly shuffle?: Shuffle;
  /** Modules that stay as they are in P are chosen by this rule from the tables of rewind and cka, when these are there. */
  readonly freeze?: FreezingRule;
  /** Checkpoint of P that P-T starts from; the arm's by default. */
  readonly from?: End | number;
  readonly variant: Variant;
}

interface LoadedElsewhere {
  readonly role: Role;
  readonly on: string;
  readonly number: number;
}

/** A run of another target that was trained elsewhere: taken as it is. */
export interface Borrowed extends LoadedElsewhere {
  /** Its name among the analysis' runs, beginning with the role. */
  readonly name: string;
  readonly variant: Variant;
}

export interface Sweep {
  /** The same training asked for twice, or by an arm, is done once. */
  readonly trainings: readonly Training[];
  readonly borrowed?: readonly Borrowed[];
  /** Epochs of P whose checkpoints must be kept. */
  readonly checkpoints?: readonly number[];
}

/** A checkpoint that an option names. */
export interface AskedCheckpoint {
  readonly option: string;
  /** As it is written there. */
  readonly written: string | number;
  /** null: of every run that is trained on the target. */
  readonly run: string | null;
  readonly at: At;
}

/** One file of `analyses/`. Its name is also the CLI word, the step kind, the chart and the doc page. */
export interface Analysis<O extends object = object> {
  readonly name: string;
  /** Raised when numbers change; part of a step's identity. */
  readonly version: number;
  /** The defaults. */
  readonly options: O;
  /** Throws InputError when an option breaks a rule; `run` does so too, but a plan need not wait for that. */
  check?(options: O): void;
  /** Trainings of its own, which become its inputs. Throws InputError when the study cannot have them. */
  sweep?(ground: Ground, options: O): Sweep;
  /** Checkpoints that the options name: a plan is held against them, so that none is missed after all trainings. */
  checkpoints?(options: O): readonly AskedCheckpoint[];
  /** Analyses of the same target whose tables it reads: the study must have them. */
  readonly reads?: readonly string[];
  /** It looks at the images that P was trained on too. */
  readonly source?: boolean;
  /** Only where a study names it: it trains many networks. */
  readonly onRequest?: boolean;
  run(subject: Subject, options: O): Promise<Tables>;
}
