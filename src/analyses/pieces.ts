import type { Piece, Row, Subject } from './analysis.js';

/**
 * Does pieces of an analysis that do not look at each other, and returns what each came to, in their order: one by one, or, where the subject
 * has a way to share them out, some of them in other processes. A piece gives the same numbers wherever it is done: threads are the same.
 */
export async function inPieces<T>(subject: Subject, count: number, piece: Piece<T>): Promise<T[]> {
  if (subject.pieces) return subject.pieces(count, piece);
  const found: T[] = [];
  for (let k = 0; k < count; k++) {
    found.push(await piece(k, (share) => subject.progress((k + share) / count)));
    subject.progress((k + 1) / count);
  }
  return found;
}

/** The tables of all pieces as one, each table's rows in the pieces' order; `none` says what tables there are. */
export function joined<T extends { readonly [K in keyof T]: readonly Row[] }>(none: T, pieces: readonly T[]): T {
  const names = Object.keys(none) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, pieces.flatMap((piece) => piece[name] as readonly Row[])])) as unknown as T;
}
