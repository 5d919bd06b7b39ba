import { InputError } from '../tensor/input-error.js';
import type { Subject, Tables } from './analysis.js';

// What an analysis cannot measure on a subject is said in rows, as findings are: the report gives the reason in its place.

/** Part of an analysis, or all of it (`what` ''), that the study does not allow, and why. */
export type AbsentRow = { readonly target: string; readonly what: string; readonly reason: string };

/** The table of what is absent, beside an analysis' own tables. */
export const ABSENT = 'absent';

/** Thrown where a whole analysis has nothing to measure on a subject; a step that meets it is done, and says why. */
export class Absent extends InputError {
  /** Goes on after the analysis' name: 'it needs two test images, got none'. */
  readonly reason: string;

  constructor(what: string, reason: string) {
    super(`${what}: ${reason}`);
    this.reason = reason;
  }
}

/** The table, or nothing where nothing is absent. `what`: the part that is, e.g. a run; '' for the whole analysis. */
export function absentTable({ target }: Pick<Subject, 'target'>, parts: readonly Omit<AbsentRow, 'target'>[]): Tables {
  return parts.length === 0 ? {} : { [ABSENT]: parts.map((part): AbsentRow => ({ target, ...part })) };
}

/** Whether these are the tables of an analysis that measured nothing. */
export const isWhollyAbsent = (tables: Tables): boolean => (tables[ABSENT] ?? []).some(({ what }) => what === '');

/** Where a study cannot have what only training images tell. */
export const needsTraining = (what: string, got: number): string =>
  `${what} training images, got ${got === 0 ? 'none' : got} (carryover compare takes them from --train)`;
