import type { Node } from '../graph.js';

/** What a tensor does in the op that reads it; statistics are a BatchNormalization's running ones. */
export type Role = 'weight' | 'bias' | 'scale' | 'slope' | 'mean' | 'variance';

/** Roles of inputs by place; null: data. */
const ROLES: Readonly<Record<string, readonly (Role | null)[]>> = {
  BatchNormalization: [null, 'scale', 'bias', 'mean', 'variance'],
  Conv: [null, 'weight', 'bias'],
  ConvTranspose: [null, 'weight', 'bias'],
  Einsum: ['weight', 'weight'],
  Gemm: ['weight', 'weight', 'bias'],
  GroupNormalization: [null, 'scale', 'bias'],
  InstanceNormalization: [null, 'scale', 'bias'],
  LayerNormalization: [null, 'scale', 'bias'],
  MatMul: ['weight', 'weight'],
  PRelu: [null, 'slope'],
  RMSNormalization: [null, 'scale'],
};

/** Elementwise ops: a tensor beside the data shifts or scales it. */
const BESIDE: Readonly<Record<string, Role>> = { Add: 'bias', Div: 'scale', Mul: 'scale', Sub: 'bias' };

/** The role of input `i`, by the op alone; undefined where no op of networks has a trained tensor. */
export function roleAt({ op, domain }: Pick<Node, 'op' | 'domain'>, i: number): Role | undefined {
  return domain === '' ? (ROLES[op]?.[i] ?? BESIDE[op]) : undefined;
}

/** Whether the place alone says that a constant is trained: no scalar, table or mask stands there. */
export const isLayer = ({ op, domain }: Pick<Node, 'op' | 'domain'>): boolean => domain === '' && op in ROLES;
