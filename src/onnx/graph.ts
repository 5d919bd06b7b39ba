import type { Tensor, Type } from '../tensor/tensor.js';

/** A named value with its static type and shape. Dynamic dimensions exist only while importing a file. */
export interface Value {
  readonly name: string;
  readonly type: Type;
  readonly dims: readonly number[];
}

/** An attribute, tagged as in onnx.proto, so that reading and writing lose nothing. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Tensor };

/** One operation. An omitted optional input is ''. Domain '' is the standard one. */
export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A network as plain readonly data: nodes in topological order, every value named once. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** Version of each operator set by domain; '' is the standard domain. */
  readonly opsets: Readonly<Record<string, number>>;
}

/** The standard operator set that Carryover writes. */
export const OPSET = 17;

/** Domain of the gradient ops that only exist between `autodiff` and `lowering` (see `virtual-ops.ts`). */
export const VIRTUAL = 'carryover.virtual';

/** onnxruntime's own ops, for every execution provider; emitted only by edits for speed (`edits/fuse-gelu.ts`). */
export const CONTRIB = 'com.microsoft';

/** onnxruntime's own blocked convolutions; emitted only by the blocked lowering. */
export const NCHWC = 'com.microsoft.nchwc';

/** "Conv (node conv1)", for messages. */
export const describe = (node: Pick<Node, 'op' | 'name'>): string => `${node.op} (node ${node.name || 'without a name'})`;

/** What tables of rules call a node's op: by its name, and its domain where that is not the standard one. */
export const ruleKey = ({ op, domain }: Pick<Node, 'op' | 'domain'>): string => (domain === '' ? op : `${domain}:${op}`);

type ValueOf = { [A in Attribute as A['kind']]: A['value'] };

function attribute<K extends keyof ValueOf>(node: Node, name: string, kind: K): ValueOf[K] | undefined {
  const found = node.attributes[name];
  if (found === undefined) return undefined;
  if (found.kind !== kind) throw new Error(`${describe(node)}: attribute ${name} must be ${kind}, got ${found.kind}`);
  return found.value as ValueOf[K];
}

export const intAttribute = (node: Node, name: string, fallback: number): number => attribute(node, name, 'int') ?? fallback;
export const floatAttribute = (node: Node, name: string, fallback: number): number => attribute(node, name, 'float') ?? fallback;
export const stringAttribute = (node: Node, name: string, fallback: string): string => attribute(node, name, 'string') ?? fallback;
export const intsAttribute = (node: Node, name: string): readonly number[] | undefined => attribute(node, name, 'ints');
export const floatsAttribute = (node: Node, name: string): readonly number[] | undefined => attribute(node, name, 'floats');
