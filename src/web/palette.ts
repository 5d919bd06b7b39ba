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

/** CSS variable of a role or pair, '--c-p-t-ri-t'. */
export const variableOf = (kind: string): string => `--c-${kind.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
/** Its colour wherever CSS is read, SVG included. */
export const colorOf = (kind: string): string => (kind in COLORS ? `var(${variableOf(kind)})` : 'currentColor');

/** Distinct kinds, in the palette's order. */
export const inOrder = (kinds: Iterable<string>): string[] => [...new Set(kinds)].sort((a, b) => rank(a) - rank(b));
const rank = (kind: string) => (KINDS.indexOf(kind) + KINDS.length + 1) % (KINDS.length + 1);
