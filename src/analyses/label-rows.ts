import type { End, Role, Run, Subject } from './analysis.js';
import type { Resampling } from './bootstrap.js';
import type { Judged } from './outcomes.js';
import type { OverImages } from './over-images.js';
import { averageOf, boundedOf, differenceOf } from './over-images.js';
import type { LabelGapRow, LabelRow } from './rows.js';

/** What one run comes to at its best or its final checkpoint. */
export interface Ended {
  readonly run: Run;
  readonly at: End;
  readonly outcome: Judged;
}

/** Images that have a label, and those of which it is known. */
function countsOf({ data }: Subject, label: number): { readonly n: number; readonly positives: number } {
  const { marks } = data.splits.test;
  const own = marks!.filter((_, at) => at % data.classes.length === label);
  return { n: own.filter((mark) => mark >= 0).length, positives: own.filter((mark) => mark === 1).length };
}

const UNDEFINED = { value: null, low: null, high: null };
const reasonOf = ({ n, positives }: { readonly n: number; readonly positives: number }): string | null =>
  positives === 0 ? 'no image has the label' : positives === n ? 'every image has the label' : null;

/** Every number with its bounds, all from the same draws; null where images do not tell the label apart. */
function boundedOrNull(all: readonly OverImages[], resampling: Resampling) {
  const defined = all.filter((one) => !Number.isNaN(one.of(null)));
  const found = new Map(boundedOf(defined, resampling).map((bounded, i) => [defined[i]!, bounded]));
  return all.map((one) => found.get(one) ?? UNDEFINED);
}

/** The AUC of every label, run by run. */
export function labelRows(subject: Subject, ends: readonly Ended[], resampling: Resampling): LabelRow[] {
  return ends.flatMap(({ run, at, outcome }) => {
    const found = boundedOrNull(outcome.byLabel!, resampling);
    return subject.data.classes.map((label, k): LabelRow => {
      const [counts, { value, low, high }] = [countsOf(subject, k), found[k]!];
      const names = { target: subject.target, run: run.name, role: run.role, seed: run.seed, at, label };
      return { ...names, ...counts, accuracy: value, low, high, reason: reasonOf(counts) };
    });
  });
}

/** What pre-training gains label by label: mean AUC of the P-T runs minus that of the RI-T runs, images drawn jointly for all. */
export function labelGapRows(subject: Subject, ends: readonly Ended[], at: End, resampling: Resampling): LabelGapRow[] {
  const ofRole = (role: Role) => ends.filter((end) => end.at === at && end.run.role === role);
  const [pretrained, random] = [ofRole('P-T'), ofRole('RI-T')];
  if (pretrained.length === 0 || random.length === 0) return [];
  const levels = (runs: readonly Ended[]) => subject.data.classes.map((_, k) => averageOf(runs.map(({ outcome }) => outcome.byLabel![k]!)));
  const [p, r] = [levels(pretrained), levels(random)];
  const gaps = boundedOrNull(
    p.map((level, k) => differenceOf(level, r[k]!)),
    resampling,
  );
  return subject.data.classes.map((label, k): LabelGapRow => {
    const counts = countsOf(subject, k);
    const reason = reasonOf(counts);
    const { value: gap, low, high } = gaps[k]!;
    const means = reason === null ? { pretrained: p[k]!.of(null), random: r[k]!.of(null) } : { pretrained: null, random: null };
    return { target: subject.target, at, label, ...counts, ...means, gap, low, high, reason };
  });
}
