import { InputError } from '../tensor/input-error.js';

/** One rule of `--map`: a pattern on the file's names and what takes its place ('$1' is a group). A name of which nothing is left is left out. */
export interface Rename {
  readonly pattern: RegExp;
  readonly replacement: string;
}

/** `'^backbone\.=>'` → a rule. Throws InputError when it is not `regex=>replacement`. */
export function parseRename(text: string): Rename {
  const at = text.indexOf('=>');
  if (at < 1) throw new InputError(`map: must be 'regex=>replacement', got ${text}`);
  try {
    return { pattern: new RegExp(text.slice(0, at).trim()), replacement: text.slice(at + 2).trim() };
  } catch (error) {
    throw new InputError(`map: must begin with a regular expression, got ${(error as Error).message}`);
  }
}

/** The name after every rule in turn. */
export const renamed = (name: string, rules: readonly Rename[]): string =>
  rules.reduce((text, { pattern, replacement }) => text.replace(pattern, replacement), name);

/** Things under their new names, without those that have none left. Throws InputError when two would get the same one. */
export function renameAll<T>(things: ReadonlyMap<string, T>, rules: readonly Rename[]): ReadonlyMap<string, T> {
  if (rules.length === 0) return things;
  const found = new Map<string, T>();
  const from = new Map<string, string>();
  for (const [name, thing] of things) {
    const to = renamed(name, rules);
    if (to === '') continue;
    if (found.has(to)) throw new InputError(`map: names must differ after it, got ${to} from ${from.get(to)!} and from ${name}`);
    found.set(to, thing);
    from.set(to, name);
  }
  return found;
}
