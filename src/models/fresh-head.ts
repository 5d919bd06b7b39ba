import { InputError } from '../tensor/input-error.js';
import type { Params } from '../tensor/params.js';
import type { FloatTensor } from '../tensor/tensor.js';
import { float32 } from '../tensor/tensor.js';
import type { Network } from './network.js';

/**
 * How fine-tuning starts: `params`' body, copied, and the head that `seed` draws. The head of `params` may be of any size or absent.
 * Throws InputError when a parameter of the body is missing or misshapen.
 */
export function freshHead(network: Pick<Network, 'modules' | 'init'>, params: Params, seed: number): Params {
  const head = new Set(network.modules.at(-1)!.parameters);
  return new Map([...network.init(seed)].map(([name, fresh]) => [name, head.has(name) ? fresh : copy(params.get(name), name, fresh.dims)]));
}

function copy(found: FloatTensor | undefined, name: string, dims: readonly number[]): FloatTensor {
  if (found?.dims.join() === dims.join()) return float32(dims, found.data.slice());
  const got = found ? `[${found.dims.join(', ')}]` : 'no such parameter';
  throw new InputError(`freshHead: ${name} must have shape [${dims.join(', ')}] as in the network, got ${got}`);
}
