/**
 * One colour a role and a kind of pair, the same in every chart; light and dark. After Okabe & Ito, so that colour-blind readers tell them
 * apart, darkened to at least 4.5:1 on white. A pair of one role wears the role's colour.
 */
export const COLORS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  'P-T': ['#0069a8', '#63b3ed'],
  'RI-T': ['#c04a00', '#f5985a'],
  P: ['#007a5a', '#45c79d'],
  RI: ['#6b6b6b', '#a3a3a3'],
  'P-T & P-T': ['#0069a8', '#63b3ed'],
  'P-T & RI-T': ['#4a4a4a', '#c4c4c4'],
  'RI-T & RI-T': ['#c04a00', '#f5985a'],
  'P-T & P': ['#007a5a', '#45c79d'],
  'RI-T & P': ['#a6437f', '#e79ac6'],
};

/** The order in which legends and axes name them. */
export const KINDS: readonly string[] = Object.keys(COLORS);

/** For roles of a user's own and the pairs that they make, in the order of the page; after the last comes the first again. */
export const STRANGERS: readonly (readonly [light: string, dark: string])[] = [
  ['#6a4fb3', '#b09cf0'],
  ['#00727a', '#4cc4cc'],
  ['#a3318f', '#e88ad8'],
  ['#6b6a00', '#c9c24a'],
  ['#b3261e', '#f08a80'],
  ['#3d5a80', '#93b4e0'],
  ['#7a5230', '#d1a47a'],
  ['#3b7a1e', '#8ccf62'],
];

/** Colours of those kinds that the palette does not know: a role's own, shared with its pair; every other pair's. */
export function strangerColors(kinds: Iterable<string>): Readonly<Record<string, readonly [light: string, dark: string]>> {
  const roleOf = (kind: string) => {
    const [a, b] = kind.split(' & ');
    return a === b ? a! : kind;
  };
  const roles = [...new Set([...kinds].map(roleOf))].filter((kind) => !(kind in COLORS));
  const own = roles.map((kind, i) => [kind, STRANGERS[i % STRANGERS.length]!] as const);
  return Object.fromEntries(own.flatMap(([kind, pair]) => (kind.includes(' & ') ? [[kind, pair]] : [[kind, pair], [`${kind} & ${kind}`, pair]]))); // prettier-ignore
}

/** CSS variable of a role or pair, '--c-p-t-ri-t'; of a stranger one that no other name shares. */
export const variableOf = (kind: string): string =>
  kind in COLORS
    ? `--c-${kind.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`
    : `--s-${kind.replaceAll(/[^A-Za-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}_`)}`;
/** Its colour wherever CSS is read, SVG included; ink where the page has none for it. */
export const colorOf = (kind: string): string => (kind in COLORS ? `var(${variableOf(kind)})` : `var(${variableOf(kind)},currentColor)`);

/** Distinct kinds, in the palette's order. */
export const inOrder = (kinds: Iterable<string>): string[] => [...new Set(kinds)].sort((a, b) => rank(a) - rank(b));
const rank = (kind: string) => (KINDS.indexOf(kind) + KINDS.length + 1) % (KINDS.length + 1);
