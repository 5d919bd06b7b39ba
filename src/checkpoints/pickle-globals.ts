import { InputError } from '../tensor/input-error.js';
import { MOST_AXES } from '../tensor/limits.js';
import type { Value } from './pickle-values.js';
import { Global, Inert, StorageRef, TensorRef } from './pickle-values.js';

// The closed list of what a checkpoint's pickle may call. Each entry is a pure function of ours on plain values, so that the worst a file
// can do is describe tensors wrongly. Modelled on torch/_weights_only_unpickler.py.

/** torch's storage classes and their element types in torch's words. */
const STORAGES: Readonly<Record<string, string>> = {
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  DoubleStorage: 'float64',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

const DTYPES = [
  'float32',
  'float16',
  'bfloat16',
  'float64',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
  'uint16',
  'uint32',
  'uint64',
];

type Call = (args: readonly Value[], what: string) => Value;

const inert =
  (name: string): Call =>
  () =>
    new Inert(name);

const CALLS: Readonly<Record<string, Call>> = {
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_tensor_v3': rebuildTypedTensor,
  'torch._utils._rebuild_parameter': firstArgument,
  'torch._utils._rebuild_parameter_with_state': firstArgument,
  'collections.OrderedDict': dictionary,
  'torch.Size': ([items = []]) => items,
  'torch.device': inert('torch.device'),
  // bytes in protocol 2
  '_codecs.encode': inert('bytes'),
  '__builtin__.set': ([items = []]) => items,
  'builtins.set': ([items = []]) => items,
  'numpy.core.multiarray.scalar': inert('a NumPy scalar'),
  'numpy._core.multiarray.scalar': inert('a NumPy scalar'),
  'numpy.dtype': inert('numpy.dtype'),
};

/** Classes whose empty shells may be made: they carry settings, never weights. */
const SHELLS = ['argparse.Namespace'];

const isNamed = ({ name }: Global, names: readonly string[]): boolean =>
  name.startsWith('torch.') && names.includes(name.slice('torch.'.length));

/** The allowed name. Throws InputError for every other one. */
export function resolveGlobal(module: string, name: string, what: string): Global {
  const global = new Global(`${module}.${name}`);
  const allowed =
    Object.hasOwn(CALLS, global.name) ||
    SHELLS.includes(global.name) ||
    isNamed(global, [...Object.keys(STORAGES), 'storage.UntypedStorage', 'UntypedStorage', ...DTYPES]);
  if (allowed) return global;
  const hint = module.startsWith('__torch__')
    ? 'this is a TorchScript archive; save its weights: torch.save(model.state_dict(), path)'
    : 'save weights alone: torch.save(model.state_dict(), path)';
  throw new InputError(`${what}: a checkpoint must be made of tensors only (${hint}), got the global ${show(global.name)}`);
}

/** `callable(*args)` of the closed list. */
export function call(callable: Value | undefined, args: Value | undefined, what: string): Value {
  if (!(callable instanceof Global) || !Array.isArray(args))
    throw new InputError(`${what}: the pickle must call a known name with a tuple, got something else`);
  if (SHELLS.includes(callable.name)) return new Inert(callable.name);
  const known = Object.hasOwn(CALLS, callable.name) ? CALLS[callable.name] : undefined;
  if (!known) throw new InputError(`${what}: ${callable.name} must not be called`);
  return known(args, what);
}

/** torch's persistent ids: ('storage', torch.FloatStorage, '0', 'cpu', 1234). Where the tensors lay does not matter. */
export function storageOf(id: Value | undefined, what: string): StorageRef {
  const [word, kind, key, , size] = Array.isArray(id) ? id : [];
  if (word !== 'storage' || !(kind instanceof Global) || typeof key !== 'string' || !isCount(size))
    throw new InputError(`${what}: a persistent id must be ('storage', class, key, location, size), got something else`);
  const dtype = isNamed(kind, Object.keys(STORAGES)) ? STORAGES[kind.name.slice('torch.'.length)]! : null;
  return new StorageRef(key, dtype, size);
}

/** _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, metadata): offset and stride count elements. */
function rebuildTensor([storage, offset, size, stride]: readonly Value[], what: string): Value {
  if (!(storage instanceof StorageRef) || storage.dtype === null) throw new InputError(`${what}: a tensor must have a typed storage`);
  return new TensorRef(storage, storage.dtype, placeOf(offset, size, stride, what));
}

/** _rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype, metadata): the storage is bytes. */
function rebuildTypedTensor([storage, offset, size, stride, , , dtype]: readonly Value[], what: string): Value {
  if (!(storage instanceof StorageRef)) throw new InputError(`${what}: a tensor must have a storage`);
  if (!(dtype instanceof Global) || !isNamed(dtype, DTYPES)) throw new InputError(`${what}: a tensor must have a known type`);
  return new TensorRef(storage, dtype.name.slice('torch.'.length), placeOf(offset, size, stride, what));
}

function placeOf(offset: Value | undefined, size: Value | undefined, stride: Value | undefined, what: string) {
  if (!isCount(offset) || !isCounts(size) || !isCounts(stride) || size.length !== stride.length)
    throw new InputError(
      `${what}: a tensor must have an offset, a shape of at most ${MOST_AXES} axes and as many strides, all whole numbers ≥ 0`,
    );
  // copied: the pickle may go on writing to its lists
  return { offset, dims: [...size], strides: [...stride] };
}

function firstArgument([first = null]: readonly Value[]): Value {
  return first;
}

/** Pairs are set one by one afterwards; a list of them, copied by many calls, could fill any memory. */
function dictionary(args: readonly Value[], what: string): Value {
  if (args.length > 0) throw new InputError(`${what}: an OrderedDict must begin empty, got ${args.length} arguments`);
  return new Map();
}

const isCount = (value: Value | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: Value | undefined): value is number[] => Array.isArray(value) && value.length <= MOST_AXES && value.every(isCount);
const show = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}…` : name);
