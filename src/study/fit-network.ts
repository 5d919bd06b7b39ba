import type { Checkpoint } from '../checkpoints/checkpoint.js';
import type { Expected, Match } from '../checkpoints/match.js';
import { fitParameters } from '../checkpoints/match.js';
import { parseRename } from '../checkpoints/renames.js';
import type { Network } from '../models/network.js';
import { InputError } from '../tensor/input-error.js';

export interface FitOptions {
  /** The network with a head of so many classes. */
  build(classes: number): Network;
  /** Of the images. */
  readonly classes: number;
  readonly map: readonly string[];
  /** Errors begin with it. */
  readonly what: string;
}

/** A network with the head that a checkpoint has, and how the names of both match. */
export interface Fit {
  readonly network: Network;
  readonly match: Match;
  readonly hasHead: boolean;
}

/** Holds a network against the names and shapes in a checkpoint. Throws InputError as `fitParameters` does. */
export async function fitNetwork({ tensors }: Pick<Checkpoint, 'tensors'>, { build, classes, map, what }: FitOptions): Promise<Fit> {
  const fit = (network: Network) => fitParameters(expectedOf(network), tensors, { map: map.map(parseRename), what });
  const first = build(classes);
  const found = await fit(first);
  const own = headSize(found, first) ?? classes;
  const network = own === classes ? first : build(own);
  const match = own === classes ? found : await fit(network);
  const heads = new Set(network.modules.at(-1)!.parameters);
  const hasHead = match.rows.every(({ parameter, status }) => !heads.has(parameter ?? '') || status === 'matched');
  return { network, match, hasHead };
}

/** Throws InputError unless the checkpoint has a head, of the target's classes where their number is known. */
export function mustClassify(
  { hasHead, network }: Pick<Fit, 'hasHead' | 'network'>,
  { file, classes, data }: { readonly file: string; readonly classes: number | undefined; readonly data: string },
): void {
  const head = network.modules.at(-1)!.name;
  const own = network.shape.classes;
  if (!hasHead) throw new InputError(`${file}: the head (${head}) must be in the file of a network trained on ${data}, got none`);
  if (classes !== undefined && own !== classes)
    throw new InputError(`${file}: the head (${head}) must have the ${classes} classes of ${data}, got ${own}: is it a checkpoint of P?`);
}

/** Shapes of parameters and running statistics: what a network is fed besides images. */
export const inputsOf = ({ graph }: Network): ReadonlyMap<string, readonly number[]> =>
  new Map(graph.inputs.filter(({ name }) => name !== 'images').map(({ name, dims }) => [name, dims]));

export const expectedOf = (network: Network): Expected => ({
  shapes: inputsOf(network),
  head: network.modules.at(-1)!.parameters,
  ...(network.positions ? { positions: network.positions } : {}),
});

/** Classes of the head that the file holds: the length of the axis of its weight that holds the network's; undefined without one. */
function headSize({ rows }: Match, { modules, shape: { classes } }: Network): number | undefined {
  const head = modules.at(-1)!.parameters;
  for (const { parameter, expected, found } of rows) {
    if (!head.includes(parameter ?? '') || expected?.length !== found?.length) continue;
    const axis = expected!.findIndex((size, i) => size === classes && found![i] !== size);
    if (axis >= 0) return found![axis];
  }
  return undefined;
}
