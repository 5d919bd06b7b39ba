// The only file that knows yaml: text → plain value, and where each part of it stands.
import type { Document, Node } from 'yaml';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly PropertyKey[];

export interface Parsed {
  readonly value: unknown;
  readonly errors: readonly (Place & { readonly message: string })[];
  /** Where the value of a path stands (its key, when `key`); the nearest place above for what is not there. */
  place(path: Path, options?: { readonly key?: boolean }): Place;
}

export function parseYaml(text: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const errors = [...document.errors, ...document.warnings].map(({ message, pos, code }) => ({
    ...at(pos[0]),
    message: code === 'DUPLICATE_KEY' ? `key must not stand twice, got ${wordAt(text, pos[0])} again` : message,
  }));
  let value: unknown;
  try {
    value = errors.length === 0 ? document.toJS() : undefined;
  } catch (error) {
    // an alias without anchor, or a bomb of aliases
    errors.push({ line: 1, column: 1, message: (error as Error).message });
  }
  return { value, errors, place: (path, { key = false } = {}) => at(offsetOf(document, path, key)) };
}

const wordAt = (text: string, offset: number): string => /^[^\s:,{}[\]]*/.exec(text.slice(offset))![0];

function offsetOf(document: Document, path: Path, key: boolean): number {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const [i, name] of path.entries()) {
    const found = child(document, node, name);
    if (!found) return offset;
    node = found.value;
    const last = i === path.length - 1;
    // what is asked for by its key, and parents of what is not there, stand at their keys
    offset = (key && last) || !last || !node ? (found.key ?? startOf(node) ?? offset) : (startOf(node) ?? offset);
  }
  return offset;
}

interface Child {
  readonly key: number | undefined;
  readonly value: Node | null;
}

function child(document: Document, parent: Node | null, name: PropertyKey): Child | undefined {
  const node = isAlias(parent) ? (parent.resolve(document) ?? null) : parent;
  if (isSeq(node)) {
    const value = node.items[Number(name)];
    return isNode(value) ? { key: undefined, value } : undefined;
  }
  if (!isMap(node)) return undefined;
  let merged: Child | undefined;
  for (const { key, value } of node.items) {
    const valueNode = isNode(value) ? value : null;
    if (isScalar(key) && String(key.value) === String(name)) return { key: key.range?.[0], value: valueNode };
    if (isScalar(key) && key.value === '<<' && valueNode) merged ??= child(document, valueNode, name);
  }
  return merged;
}

const startOf = (node: Node | null): number | undefined => node?.range?.[0];
