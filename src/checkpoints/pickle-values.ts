/**
 * What a pickle may build here. Nothing in it is code: a global is a name, an object that we do not need is `Inert`.
 * Python's dict and OrderedDict are `Map`s, list, tuple and set are arrays, bytes are `Uint8Array`.
 */
export type Value =
  null | boolean | number | bigint | string | Uint8Array | Value[] | Map<Value, Value> | Global | Inert | StorageRef | TensorRef;

/** A name that the pickle mentions, 'torch._utils._rebuild_tensor_v2'. It is looked up in a closed table, never imported. */
export class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** An object of a kind that holds no weights (a scalar of NumPy, parsed arguments): known by name, empty. */
export class Inert {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A file `data/<key>` of the archive. `dtype`: of the storage's class; null where the tensor says it. */
export class StorageRef {
  readonly key: string;
  readonly dtype: string | null;
  /** Elements; bytes where dtype is null. */
  readonly size: number;
  constructor(key: string, dtype: string | null, size: number) {
    this.key = key;
    this.dtype = dtype;
    this.size = size;
  }
}

/** A view on a storage, as the pickle describes it; nothing is checked yet. */
export class TensorRef {
  readonly storage: StorageRef;
  readonly dtype: string;
  readonly offset: number;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: StorageRef, dtype: string, { offset, dims, strides }: Pick<TensorRef, 'offset' | 'dims' | 'strides'>) {
    this.storage = storage;
    this.dtype = dtype;
    this.offset = offset;
    this.dims = dims;
    this.strides = strides;
  }
}
