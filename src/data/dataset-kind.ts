import type { Dataset } from './dataset.js';
import type { Options } from './options.js';

/** One file of `data/` that can be named in a study. */
export interface DatasetKind {
  /** The options it knows, with what each means; anything else is refused. */
  readonly options: Readonly<Record<string, string>>;
  /** Relative paths in options start at `base`. Throws InputError for options and files that break a rule. */
  load(options: Options, context: { readonly base: string }): Promise<Dataset>;
}
