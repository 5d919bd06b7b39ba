/** The known name closest to what was written, when it is close enough to be a slip (Levenshtein distance ≤ a third of its length + 1). */
export function nearest(written: string, known: readonly string[]): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    if (distance <= name.length / 3 + 1 && (!best || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** `unknown architecture "fixup-resent"; there are: fixup-resnet, mlp; did you mean fixup-resnet?` */
export function unknownName(kind: string, written: string, known: readonly string[]): string {
  const near = nearest(written, known);
  return `unknown ${kind} ${JSON.stringify(written)}; there are: ${known.join(', ')}${near ? `; did you mean ${near}?` : ''}`;
}

/** Insertions, deletions and substitutions that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
