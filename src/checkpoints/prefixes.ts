import type { Contents } from './checkpoint.js';

/** Prefixes that a wrapper puts before every name of a network, and which wrapper. */
const WRAPPERS: Readonly<Record<string, string>> = { 'module.': 'DataParallel', '_orig_mod.': 'torch.compile' };

/** Takes away what wrappers put before all names alike, and says so. */
export function stripPrefixes<C extends Contents>(contents: C): C {
  const names = [...contents.tensors.keys()];
  const found = Object.keys(WRAPPERS).find((prefix) => names.length > 0 && names.every((name) => name.startsWith(prefix)));
  if (found === undefined) return contents;
  const tensors = new Map([...contents.tensors].map(([name, stored]) => [name.slice(found.length), stored]));
  return stripPrefixes({
    ...contents,
    tensors,
    notes: [...contents.notes, `Names began with "${found}" (${WRAPPERS[found]!}), which is stripped.`],
  });
}
