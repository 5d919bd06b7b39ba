import { initializersOf, readInitializers } from '../onnx/initializers.js';
import { bytesPerElement, sizeOf } from '../tensor/tensor.js';
import type { Contents } from './checkpoint.js';
import type { Source } from './source.js';
import type { StoredTensor } from './stored-tensor.js';
import { rowMajor, stridedTensor } from './strided.js';

/** Initializers of an onnx file, which is read whole: its format has no table of contents. External data must lie in its folder. */
export async function readOnnxContents(source: Source, { onDisk }: { readonly onDisk: boolean }): Promise<Contents> {
  const weights = onDisk ? await readInitializers(source.name) : initializersOf(await source.read(0, source.size), source.name);
  const tensors = new Map(
    [...weights].map(([name, { type, dims, data }]): [string, StoredTensor] => {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, sizeOf(dims) * bytesPerElement(type));
      const read = (offset: number, length: number) => Promise.resolve(bytes.subarray(offset, offset + length));
      return [name, stridedTensor({ dtype: type, dims, strides: rowMajor(dims), offset: 0 }, read)];
    }),
  );
  return { format: 'onnx', tensors, metadata: {}, notes: [] };
}
