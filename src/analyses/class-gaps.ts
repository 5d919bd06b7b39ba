import type { Subject } from './analysis.js';
import type { Resampling } from './bootstrap.js';
import { DIFFERENCE } from './bootstrap.js';
import type { Voice } from './error-groups.js';
import type { OverImages } from './over-images.js';
import { boundedOf, meanOver } from './over-images.js';
import type { ClassGapRow } from './rows.js';
import { mean, UNBOUNDED } from './statistics.js';

/**
 * Class by class, over all pairs of a P-T and an RI-T run: the share of images that only P-T gets wrong, the share that only RI-T gets
 * wrong, and their difference, which is what pre-training gains in the class (mean accuracy of P-T minus that of RI-T). Interval:
 * bootstrap over the class' images, drawn jointly for all runs. None without both roles; classes without test images are left out.
 */
export function classGaps({ target, data }: Subject, voices: readonly Voice[], { resamples, key }: Resampling): ClassGapRow[] {
  const rights = (role: string) => voices.filter((voice) => voice.role === role).map(({ outcome }) => outcome.right);
  const [pretrained, random] = [rights('P-T'), rights('RI-T')];
  if (pretrained.length === 0 || random.length === 0) return [];
  const { labels } = data.splits.test;
  return data.classes.flatMap((name, c) => {
    const images = [...labels.keys()].filter((i) => labels[i] === c);
    if (images.length === 0) return [];
    const share = (runs: readonly Uint8Array[]) => images.map((i) => mean(runs.map((right) => right[i]!)));
    const [p, r] = [share(pretrained), share(random)];
    // a pair drawn at random: one errs, the other, independently chosen, is right
    const onlyPretrainedWrong = mean(p.map((right, k) => (1 - right) * r[k]!));
    const onlyRandomWrong = mean(p.map((right, k) => right * (1 - r[k]!)));
    const gain: OverImages = { ...meanOver(p.map((right, k) => right - r[k]!)), range: DIFFERENCE };
    // one image gives every resample the same mean: that is no interval
    const bounds = images.length < 2 ? UNBOUNDED : boundedOf([gain], { resamples, key: [...key, 'class', name] })[0]!;
    const reason = images.length < 2 ? 'no interval: a single image' : null;
    return [
      {
        target,
        class: name,
        n: images.length,
        onlyPretrainedWrong,
        onlyRandomWrong,
        gain: gain.of(null),
        low: bounds.low,
        high: bounds.high,
        reason,
      },
    ];
  });
}
