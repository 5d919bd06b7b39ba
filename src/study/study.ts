import type { DatasetSpec } from '../data/dataset.js';
import type { NetworkSpec } from '../models/network.js';
import type { Recipe, Seeds } from '../train/recipe.js';

export type { Seeds } from '../train/recipe.js';

/** Pre-training: P. */
export interface Pretrain {
  /** Name of the source in `data`. */
  readonly on: string;
  readonly seeds: Seeds;
  readonly recipe: Recipe;
}

/** Which runs of one role every target gets. */
export interface Arm {
  readonly role: 'P-T' | 'RI-T';
  readonly seeds: readonly Seeds[];
  /** P-T: which checkpoint of P it starts from. RI-T: null. */
  readonly from: 'best' | 'final' | null;
  readonly recipe: Recipe;
}

/** A network from a file. */
export interface LoadedFrom {
  /** Path, from the study's folder, or hf:owner/name@revision#file. */
  readonly from: string;
  /** Renamings of the file's names, 'regex=>replacement'. */
  readonly map: readonly string[];
}

/** One run of a role that was trained elsewhere. */
export interface LoadedRun extends LoadedFrom {
  /** Files of its checkpoints after earlier epochs, by their numbers; 0: where it started. */
  readonly epochs: Readonly<Record<string, string>>;
}

/** The runs of one role that were trained elsewhere. */
export interface LoadedArm {
  readonly role: string;
  /** By target; runs are numbered from 1. */
  readonly runs: Readonly<Record<string, readonly LoadedRun[]>>;
}

/** How many images a data set has that is not here: for estimates only. */
export interface AssumedData {
  readonly train: number;
  readonly val: number;
  readonly test: number;
  readonly classes: number;
}

/** A study as it was written, with every default filled in. */
export interface Study {
  readonly name: string;
  /** Heading of the report; the name when none is given. */
  readonly title: string;
  /** What the report puts beside the study's findings. */
  readonly compare: 'paper' | null;
  readonly file: string;
  /** The file, verbatim. */
  readonly text: string;
  readonly network: NetworkSpec;
  readonly data: Readonly<Record<string, DatasetSpec>>;
  /** P when it is trained here. */
  readonly pretrain: Pretrain | null;
  /** P when it comes from a checkpoint. */
  readonly loaded: LoadedRun | null;
  /** What P was trained on, by its name in `data`; null: not in the study. */
  readonly source: string | null;
  /** RI when it comes from a checkpoint: what RI-T starts from. null: trainings draw it by their seeds. */
  readonly initial: LoadedFrom | null;
  readonly targets: readonly string[];
  /** Those that are trained here. */
  readonly arms: readonly Arm[];
  readonly loadedArms: readonly LoadedArm[];
  /** With all options. */
  readonly analyses: readonly { readonly name: string; readonly options: Readonly<Record<string, unknown>> }[];
  /** Seed of bootstraps and draws. */
  readonly seed: number;
  /** By names in `data`. */
  readonly assumed: Readonly<Record<string, AssumedData>>;
}
