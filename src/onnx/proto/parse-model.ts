import { fromBinary } from '@bufbuild/protobuf';
import { InputError } from '../../tensor/input-error.js';
import { checkBounds } from './check-bounds.js';
import { changed, inlineFunctions } from './inline-functions.js';
import type { ModelProto } from './onnx_pb.js';
import { ModelProtoSchema } from './onnx_pb.js';

/**
 * An onnx file's message, its own functions inlined; `bytes` fields are views. Throws an InputError that begins with `what` when it is cut, no
 * protobuf, or would take far more memory than a network does, and for functions that cannot be inlined.
 */
export function parseModel(bytes: Uint8Array, what: string): ModelProto {
  const model = messageOf(bytes, what);
  if (!model.graph || model.functions.length === 0) return model;
  return changed(model, { functions: [], graph: changed(model.graph, { node: inlineFunctions(model, model.graph, what) }) });
}

function messageOf(bytes: Uint8Array, what: string): ModelProto {
  checkBounds(bytes, what);
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new InputError(`${what}: must be a whole onnx file, got ${(error as Error).message} in ${bytes.byteLength} bytes`);
  }
}
