import { hoist, dependents } from '../onnx/edits/hoist.js';
import { tap } from '../onnx/edits/tap.js';
import type { Graph, Value } from '../onnx/graph.js';
import type { Params } from '../tensor/params.js';
import type { Tensor } from '../tensor/tensor.js';
import { floats, sizeOf } from '../tensor/tensor.js';
import type { Lowered } from './compile.js';
import { lowered } from './compile.js';
import type { CompileOptions, Session } from './session.js';

/** One batch under fixed parameters: its logits, and all that variants of the parameters share. */
export interface Prepared {
  /** float32 [batch, classes]. */
  readonly logits: Float32Array;
  /** Parameters, images and invariants, ready to feed. The invariants' memory order is the lowering's own. */
  readonly feeds: ReadonlyMap<string, Tensor>;
}

/** A network compiled for many runs that differ in one group of parameters each. */
export interface StagedSession {
  /** Bytes that a prepared batch holds beside the parameters' own. */
  readonly bytes: number;
  /** `like`: an earlier batch under the same parameters, whose share that does not depend on images is taken over. */
  prepare(params: Params, images: Tensor, like?: Prepared): Promise<Prepared>;
  /** Logits of a prepared batch with the group's parameters replaced: only what depends on them is computed. */
  run(group: number, prepared: Prepared, variant: Params): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Compiles a graph (inputs `images` and parameters, output `logits`) once for everything and once more for each group: what depends on the
 * group. The graph is lowered before it is split, so that values cross in the layout they are computed in, and parameters that do not vary are
 * brought into theirs once. Throws when the logits do not depend on a group.
 */
export async function compileStaged(
  graph: Graph,
  groups: readonly (readonly string[])[],
  options: CompileOptions = {},
): Promise<StagedSession> {
  const { whole, open } = await lowered(graph, options);
  const stages = groups.map((names) => hoist(whole, names));
  const invariants = new Map(stages.flatMap((stage) => stage.invariants).map((value) => [value.name, value]));
  const moving = dependents(whole, ['images']);
  const [base, ...rests] = await openAll([tap(whole, [...invariants.keys()]), ...stages.map(({ rest }) => rest)], open);
  const still = [...invariants.keys()].filter((name) => !moving.has(name));
  return {
    bytes: [...invariants.values()].filter(({ name }) => moving.has(name)).reduce((sum, value) => sum + bytesOf(value), 0),
    async prepare(params, images, like) {
      const given = new Map([...params, ['images', images]]);
      const wanted = [...invariants.keys()].filter((name) => !like || moving.has(name));
      const found = await base!.run(given, ['logits', ...wanted]);
      const logits = floats(found.get('logits'), 'logits');
      const feeds = new Map([...given, ...wanted.map((name) => [name, found.get(name)!] as const)]);
      if (like) for (const name of still) feeds.set(name, like.feeds.get(name)!);
      return { logits, feeds };
    },
    async run(group, { feeds }, variant) {
      const inputs = stages[group]!.rest.inputs.map(({ name }) => [name, variant.get(name) ?? feeds.get(name)!] as const);
      return floats((await rests[group]!.run(new Map(inputs), ['logits'])).get('logits'), 'logits');
    },
    async release() {
      for (const session of [base!, ...rests]) await session.release();
    },
  };
}

/** All or none. */
async function openAll(graphs: readonly Graph[], open: Lowered['open']): Promise<Session[]> {
  const opened: Session[] = [];
  try {
    for (const graph of graphs) opened.push(await open(graph));
    return opened;
  } catch (error) {
    for (const session of opened) await session.release();
    throw error;
  }
}

const bytesOf = ({ dims }: Value): number => 4 * sizeOf(dims);
