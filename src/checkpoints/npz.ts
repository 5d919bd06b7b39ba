import { InputError } from '../tensor/input-error.js';
import type { Contents } from './checkpoint.js';
import { npyTensor } from './npy.js';
import type { Source } from './source.js';
import type { StoredTensor } from './stored-tensor.js';
import type { Zip } from './zip.js';

/** Arrays of numpy.savez and savez_compressed, by their names. */
export async function readNpz({ name: file }: Source, zip: Zip): Promise<Contents> {
  const tensors = new Map<string, StoredTensor>();
  for (const entry of zip.entries.values()) {
    if (entry.name.endsWith('/')) continue;
    const name = entry.name.replace(/\.npy$/, '');
    if (name === entry.name) throw new InputError(`${file}: an .npz archive must hold .npy files only, got ${JSON.stringify(entry.name)}`);
    const read = (offset: number, length: number) => zip.read(entry, offset, length);
    tensors.set(name, await npyTensor({ name: `${file}: ${name}`, size: entry.size, whole: !entry.stored, read }));
  }
  const packed = [...zip.entries.values()].some(({ stored }) => !stored);
  const notes = packed ? ['The archive is compressed: its arrays are unpacked whole, one at a time.'] : [];
  return { format: 'npz', tensors, metadata: {}, notes };
}
