import { fromBinary } from '@bufbuild/protobuf';
import { InputError } from '../../tensor/input-error.js';
import type { ModelProto } from './onnx_pb.js';
import { ModelProtoSchema } from './onnx_pb.js';

/** An onnx file's message; `bytes` fields are views. Throws an InputError that begins with `what` when it is cut or no protobuf. */
export function parseModel(bytes: Uint8Array, what: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new InputError(`${what}: must be a whole onnx file, got ${(error as Error).message} in ${bytes.byteLength} bytes`);
  }
}
