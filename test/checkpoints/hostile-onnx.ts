// onnx files that were made to do harm, written record by record: a byte of the wire format may stand for an object of hundreds.

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);

/** A record with a length: a message, a text, or a packed list. */
export const record = (field: number, ...parts: readonly (Uint8Array | readonly number[] | string)[]): Uint8Array => {
  const data = Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)));
  return Buffer.concat([Buffer.from([...varint(8 * field + 2), ...varint(data.length)]), data]);
};
const repeated = (piece: Uint8Array, count: number): Uint8Array => Buffer.alloc(piece.length * count, piece);

// ModelProto.graph = 7; GraphProto.node = 1, initializer = 5; TensorProto.dims = 1, data_type = 2, int64_data = 7, name = 8, raw_data = 9
const model = (...graph: readonly Uint8Array[]): Uint8Array => Buffer.concat([Buffer.from([0x08, 8]), record(7, ...graph)]);
const tensor = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array => record(5, [0x10, 1], record(8, 'w'), ...parts);

/** Graphs in an attribute of a node of a graph: AttributeProto.g = 6, NodeProto.attribute = 5. */
function nested(depth: number): Uint8Array {
  let graph: Uint8Array = Buffer.alloc(0);
  for (let i = 0; i < depth; i++) graph = record(1, record(5, record(6, graph)));
  return graph;
}

export const HOSTILE_ONNX: Readonly<Record<string, [Uint8Array, RegExp]>> = {
  'a million nodes': [model(repeated(record(1), 2 ** 20)), /: must have at most 131072 nodes, got more by byte 2621/],
  'a million texts': [model(record(1, repeated(record(1), 2 ** 20))), /: must have at most 1048576 messages .* and texts, got more/],
  'many initializers': [model(repeated(record(5), 2 ** 17 + 1)), /: must have at most 131072 initializers, got 131073$/],
  'millions of axes': [model(tensor(record(1, new Uint8Array(2 ** 22 + 1)))), /: must have at most 4194304 64-bit numbers in lists/],
  'axes one by one': [model(tensor(repeated(Buffer.from([0x08, 1]), 9))), /: initializer w: a tensor must have at most 8 axes, got 9$/],
  'a million unknown fields': [model(repeated(Buffer.from([0x98, 0x06, 0]), 2 ** 20)), /: must have at most 1048576 messages/],
  'child beyond its parent': [
    model(record(1, [0x2a, 0x7f])),
    /must be a whole onnx file, got a record that ends at \d+, outside of its message/,
  ],
  'node without a length': [model(Buffer.from([0x08, 0])), /must be a whole onnx file, got field node with wire type 0 at byte/],
  'number for a text': [model(tensor([0x40, 1])), /got field name with wire type 0/],
  'list that ends in a number': [model(tensor(record(1, [1, 0x80]))), /got a list that ends within a number/],
  'list that ends in a float': [model(tensor(record(4, [0, 0, 0]))), /got a list that ends within a number/],
  'number without an end': [Buffer.alloc(12, 0xff), /got a number that does not end or is too large at byte 10$/],
  'length of terabytes': [Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), /got a number that does not end or is too large/],
  group: [model(Buffer.from([0x0b, 0x0c])), /got wire type 3 at byte/],
  'graphs in graphs': [model(nested(60)), /got messages more than 100 deep/],
  'sizes that lie': [model(tensor([0x08, ...varint(2 ** 40)], record(9, [0, 0, 0, 0]))), /must have 4398046511104 bytes/],
  'name twice': [model(tensor([0x08, 0]), tensor([0x08, 0])), /names of initializers must differ, got "w" twice$/],
  'data elsewhere': [
    model(tensor([0x08, 1, 0x70, 1], record(13, record(1, 'location'), record(2, '../../etc/passwd')))),
    /external data (needs the model's path|must lie in the model's folder)/,
  ],
};
