import type { Dataset } from './dataset.js';
import type { Options } from '../tensor/options.js';

/** One file of `data/` that can be named in a study. */
export interface DatasetKind {
  /** Raised when the same options and files would give other images; left out: 1. */
  readonly version?: number;
  /** The options it knows, with what each means; anything else is refused. */
  readonly options: Readonly<Record<string, string>>;
  /** Options that are folders of images, relative to a study's own: what is in them is part of what was asked for. Left out: `root`. */
  readonly paths?: readonly string[];
  /** Side in pixels of its square images when the option `size` does not say; left out where only the files tell. */
  readonly side?: number;
  /** Its images have independent labels instead of one class. */
  readonly multiLabel?: boolean;
  /** Files and folders at the top of `root` that it reads; all when left out. Told before options are checked. */
  parts?(options: Options): readonly string[];
  /** Throws InputError, `emoji: size: …`, for options that break a rule and need no file of the user's to tell; `load` does so too, but a study need not wait for that. */
  check?(options: Options): void;
  /** How many classes there will be, before an image is read; left out where that is not known. Throws as `load` does. */
  classes?(options: Options, context: { readonly base: string }): Promise<number>;
  /** Relative paths in options start at `base`. Throws InputError for options and files that break a rule. */
  load(options: Options, context: { readonly base: string }): Promise<Dataset>;
}
