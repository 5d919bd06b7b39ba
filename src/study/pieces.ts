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
 * here, where an error is told; so is, once nothing waits, what one has had for longer than the longest piece took here (its process may hang):
 * the first result counts, they are the same bytes. Throws what a piece throws here.
 */
export const sharedWith =
  (
    colleagues: Colleagues,
    {
      afterMs = WORTH_SHARING_MS,
      patienceMs = WORTH_SHARING_MS,
    }: { readonly afterMs?: number | undefined; readonly patienceMs?: number } = {},
  ): PieceSharing =>
  async <T>(count: number, own: Piece<T>, progress: (share: number) => void): Promise<T[]> => {
    const results = new Map<number, T>();
    const shares = new Float64Array(count);
    let told = 0;
    const waiting = Array.from({ length: count }, (_, k) => k);
    /** When colleagues began the pieces that they are at. */
    const elsewhere = new Map<number, number>();
    let longest = patienceMs;
    const open = new Map<Colleague, Promise<void>>();
    let over = false;

    const tell = (k: number, share: number) => {
      shares[k] = share;
      // what a colleague lost is begun anew
      told = Math.max(told, shares.reduce((sum, each) => sum + each, 0) / count);
      if (!over) progress(told);
    };
    const work = async (piece: Piece<T>, goesOn: () => boolean) => {
      while (goesOn()) {
        const k = waiting.shift();
        if (k === undefined) return;
        if (results.has(k)) continue;
        const begun = performance.now();
        if (piece !== own) elsewhere.set(k, begun);
        try {
          results.set(k, await piece(k, (share) => tell(k, share)));
        } catch (error) {
          if (!results.has(k)) waiting.unshift(k);
          throw error;
        } finally {
          if (piece !== own) elsewhere.delete(k);
        }
        if (piece === own) longest = Math.max(longest, performance.now() - begun);
        tell(k, 1);
      }
    };
    /** Does what a colleague is at, unless its result comes first. */
    const workInstead = async (k: number) => {
      elsewhere.delete(k);
      const goOn = (share: number) => {
        tell(k, Math.max(shares[k]!, share));
        if (results.has(k)) throw new Error('internal: a colleague was first');
      };
      try {
        const found = await own(k, goOn);
        if (!results.has(k)) results.set(k, found);
        tell(k, 1);
      } catch (error) {
        if (!results.has(k)) throw error;
        // an order to stop is told again
        progress(told);
      }
    };
    /** Waits for a colleague to end or for one to be overdue, whose piece is returned. */
    const overdue = async (): Promise<number | undefined> => {
      const [k, begun] = [...elsewhere].sort(([, a], [, b]) => a - b)[0] ?? [undefined, performance.now()];
      let patience: NodeJS.Timeout | undefined;
      const late = new Promise<number | undefined>((resolve) => {
        patience = setTimeout(
          () => resolve(k !== undefined && elsewhere.has(k) ? k : undefined),
          Math.max(1, begun + longest - performance.now()),
        );
      });
      return Promise.race([late, ...[...open.values()].map((each) => each.then(() => undefined))]).finally(() => clearTimeout(patience));
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
        const late = results.size < count && waiting.length === 0 ? await overdue() : undefined;
        if (late !== undefined) await workInstead(late);
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
