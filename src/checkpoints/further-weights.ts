import type { StoredTensor } from './stored-tensor.js';
import { pieces } from './stored-tensor.js';

/** What tools keep beside weights under the names of layers, and that changes no output or follows from the architecture. */
const BESIDE = /(^|\.)(total_ops|total_params|attn_mask|relative_position_index|relative_coords_table|position_ids)$/;

/** 'layer1.2.conv1' and 'layer1.0.conv1' are layers of one family: 'layer#.#.conv#'. */
const family = (path: string): string => path.replace(/\d+/g, '#');

/**
 * Tells which weights that a network lacks would be part of it: those inside a layer, or inside a numbered block, of the families that its body
 * has. 'layer1.2.conv1.weight' and 'layer1.0.se.fc1.weight' are where the body has layer1.0.conv1; an auxiliary or another head is not.
 * A file that holds such weights is another network's, and without them computes something else.
 */
export function belongsTo(body: Iterable<string>): (name: string, stored: StoredTensor) => boolean {
  const families = new Set<string>();
  for (const name of body) {
    const parts = name.split('.').slice(0, -1);
    const numbered = parts.findIndex((part) => /^\d+$/.test(part));
    if (parts.length > 0) families.add(family(parts.join('.')));
    if (numbered >= 0) families.add(family(parts.slice(0, numbered + 1).join('.')));
  }
  return (name, { dtype, dims }) => {
    if (dims.length === 0 || BESIDE.test(name) || !(dtype.startsWith('float') || dtype === 'bfloat16')) return false;
    const parts = name.split('.');
    return parts.some((_, i) => i > 0 && families.has(family(parts.slice(0, i).join('.'))));
  };
}

/** Whether a tensor holds the numbers of one of the others: a tied weight stands in a file under all its names. */
export async function isTied(stored: StoredTensor, others: Iterable<StoredTensor>): Promise<boolean> {
  for (const other of others) if (other.dims.join() === stored.dims.join() && (await equal(stored, other))) return true;
  return false;
}

async function equal(a: StoredTensor, b: StoredTensor): Promise<boolean> {
  const piece = Math.max(a.piece, b.piece);
  const others = pieces({ ...b, piece });
  for await (const x of pieces({ ...a, piece })) {
    const y = (await others.next()).value as ArrayLike<number>;
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  }
  return true;
}
