import { listed } from './state-dict.js';
import type { StoredTensor } from './stored-tensor.js';

/** That tensors in float16 or bfloat16 are read as float32; nothing where there are none. */
export function widenedNotes(tensors: ReadonlyMap<string, StoredTensor>): string[] {
  const names = [...tensors].flatMap(([name, { dtype }]) => (dtype === 'float16' || dtype === 'bfloat16' ? [name] : []));
  if (names.length === 0) return [];
  return [`Widened from half precision to float32, exactly: ${names.length === tensors.size ? 'all tensors' : listed(names)}.`];
}
