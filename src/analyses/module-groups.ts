import { InputError } from '../tensor/input-error.js';
import { show } from '../tensor/options.js';
import type { NetworkModule } from '../models/network.js';

/** Modules that an analysis changes together. */
export interface ModuleGroup {
  readonly name: string;
  /** Place in forward order. */
  readonly depth: number;
  readonly parameters: readonly string[];
  /** Running statistics of its BatchNorms. */
  readonly buffers: readonly string[];
  /** It holds the head, whose start is random in every run. */
  readonly head: boolean;
}

/**
 * Every module by itself (`pattern` null), or regrouped: modules in whose names the regular expression finds the same text (its first group,
 * if it has one) are one; those where it finds none are left out. `^[^.]+` makes stages of blocks.
 */
export function groupsOf(modules: readonly NetworkModule[], pattern: string | null): ModuleGroup[] {
  const groups = new Map<string, { parameters: string[]; buffers: string[]; head: boolean }>();
  for (const module of modules) {
    const found = new RegExp(pattern ?? '.+').exec(module.name);
    if (!found || module.parameters.length === 0) continue;
    const name = found[1] ?? found[0]!;
    const group = groups.get(name) ?? { parameters: [], buffers: [], head: false };
    group.parameters.push(...module.parameters);
    group.buffers.push(...module.buffers);
    group.head ||= module === modules.at(-1);
    groups.set(name, group);
  }
  if (groups.size === 0) {
    const known = modules.map(({ name }) => name).join(', ');
    throw new InputError(`modules: the pattern must match a module, got ${show(pattern)}; there are: ${known}`);
  }
  return [...groups].map(([name, group], depth) => ({ name, depth, ...group }));
}

/** An option `modules`: null, or a regular expression. */
export function patternOption(what: string, value: unknown): string | null {
  if (value === null) return null;
  try {
    if (typeof value === 'string') return new RegExp(value).source;
  } catch {
    // said below
  }
  throw new InputError(`${what}: must be null or a regular expression, got ${show(value)}`);
}
