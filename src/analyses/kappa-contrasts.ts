import type { Says } from './agreement.js';
import { kappaOver } from './agreement.js';
import type { Resampling } from './bootstrap.js';
import { hasWidth } from './bootstrap.js';
import { averageOf, boundedOf, differenceOf } from './over-images.js';
import type { MistakeContrastRow } from './rows.js';
import { UNBOUNDED } from './statistics.js';

interface Pair {
  /** Roles: 'P-T & RI-T'. */
  readonly pair: string;
  readonly a: Says;
  readonly b: Says;
}

/**
 * By how much runs of one role share mistakes more than they do with runs of another: mean κ over the pairs within the role minus mean κ over
 * those with the other role. Both sides are of the same images, so that the difference is bootstrapped itself (paired): two intervals that
 * overlap do not say that it is undecided.
 */
export function kappaContrasts(all: readonly Pair[], resampling: Resampling): Omit<MistakeContrastRow, 'target' | 'at'>[] {
  const kinds = new Map<string, ReturnType<typeof kappaOver>[]>();
  for (const { pair, a, b } of all) kinds.set(pair, [...(kinds.get(pair) ?? []), kappaOver(a, b)]);
  return [...kinds].flatMap(([pair, own]) => {
    const [role, same] = pair.split(' & ');
    if (role !== same) return [];
    return [...kinds]
      .filter(([other]) => other !== pair && other.split(' & ').includes(role!))
      .map(([other, others]) => {
        const [found] = boundedOf([differenceOf(averageOf(own), averageOf(others))], resampling);
        const undefinedBecause = Number.isNaN(found!.value)
          ? 'κ is undefined for a pair: both networks are always right, or always wrong'
          : null;
        const bounded = undefinedBecause === null && hasWidth(found!);
        return {
          pair,
          other,
          difference: undefinedBecause === null ? found!.value : null,
          low: bounded ? found!.low : UNBOUNDED.low,
          high: bounded ? found!.high : UNBOUNDED.high,
          n: all[0]!.a.right.length,
          pairs: own.length,
          others: others.length,
          reason: undefinedBecause ?? (bounded ? null : 'every resample of the images gives the same difference'),
        };
      });
  });
}
