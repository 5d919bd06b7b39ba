import type { Piece } from '../analyses/analysis.js';

export type { Piece } from '../analyses/analysis.js';

/** Shares pieces of an analysis out; `progress` is told the share of all that is done. */
export type PieceSharing = <T>(count: number, piece: Piece<T>, progress: (share: number) => void) => Promise<T[]>;

/** A process that does pieces of a step beside the one that works on it. */
export interface Colleague {
  /** It can be given pieces. Rejects when its process ends before. */
  readonly ready: Promise<void>;
  /** Rejects when its process ends before, or cannot do it. */
  readonly piece: Piece<unknown>;
  close(): void;
}

/** How many there may be changes while a step runs: cores fall free, and are asked back. */
export interface Colleagues {
  /** Colleagues that there may be now. */
  readonly most: number;
  open(): Colleague;
  /** `tell` is called whenever there may be another number of them. */
  onChange(tell: () => void): void;
}

/** A process takes about as long to start: shorter work is not shared. */
const WORTH_SHARING_MS = 1500;

/**
 * Does pieces here and, as far as there may be any, by colleagues: each takes the next one that nobody has. What a colleague fails to do is done
 * here, where an error is told. Throws what a piece throws here.
 */
export const sharedWith =
  (colleagues: Colleagues, { afterMs = WORTH_SHARING_MS }: { readonly afterMs?: number | undefined } = {}): PieceSharing =>
  async <T>(count: number, own: Piece<T>, progress: (share: number) => void): Promise<T[]> => {
    const results = new Map<number, T>();
    const shares = new Float64Array(count);
    let told = 0;
    const waiting = Array.from({ length: count }, (_, k) => k);
    const open = new Map<Colleague, Promise<void>>();
    let over = false;

    const work = async (piece: Piece<T>, goesOn: () => boolean) => {
      while (goesOn()) {
        const k = waiting.shift();
        if (k === undefined) return;
        const tell = (share: number) => {
          shares[k] = share;
          // what a colleague lost is begun anew
          told = Math.max(told, shares.reduce((sum, each) => sum + each, 0) / count);
          if (!over) progress(told);
        };
        try {
          results.set(k, await piece(k, tell));
        } catch (error) {
          waiting.unshift(k);
          throw error;
        }
        tell(1);
      }
    };
    const employ = () => {
      const colleague = colleagues.open();
      const working = colleague.ready
        .then(() => work(quietly(colleague.piece as Piece<T>), () => !over && open.size <= colleagues.most))
        .catch(() => undefined)
        .finally(() => {
          open.delete(colleague);
          colleague.close();
        });
      open.set(colleague, working);
    };
    const widen = () => {
      while (!over && waiting.length > 0 && open.size < colleagues.most) employ();
    };
    const begin = setTimeout(() => {
      colleagues.onChange(widen);
      widen();
    }, afterMs);
    try {
      while (results.size < count) {
        await work(own, () => true);
        if (results.size < count) await Promise.race(open.values());
      }
    } finally {
      over = true;
      clearTimeout(begin);
      colleagues.onChange(() => undefined);
      for (const colleague of open.keys()) colleague.close();
    }
    return Array.from({ length: count }, (_, k) => results.get(k)!);
  };

/** An order to stop is thrown where progress is told: the work that is done here finds it, nobody waits for it in a message. */
const quietly =
  <T>(piece: Piece<T>): Piece<T> =>
  (index, progress) =>
    piece(index, (share) => {
      try {
        progress(share);
      } catch {
        // see above
      }
    });
