import { hoist, dependents } from '../onnx/edits/hoist.js';
import { tap } from '../onnx/edits/tap.js';
import type { Graph, Value } from '../onnx/graph.js';
import type { Params } from '../tensor/params.js';
import type { Tensor } from '../tensor/tensor.js';
import { sizeOf } from '../tensor/tensor.js';
import { lowered } from './compile.js';
import { openAll } from './open-all.js';
import type { CompileOptions, Session } from './session.js';

/** One batch under fixed parameters: what it comes to, and all that variants of the parameters share. */
export interface Prepared {
  /** Every output of the graph. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Parameters, images and invariants, ready to feed. The invariants' memory order is the lowering's own. */
  readonly feeds: ReadonlyMap<string, Tensor>;
}

/** A network compiled for many runs that differ in one group of parameters each. */
export interface StagedSession {
  /** `like`: an earlier batch under the same parameters, whose share that does not depend on images is taken over. */
  prepare(params: Params, images: Tensor, like?: Prepared): Promise<Prepared>;
  /** The outputs that depend on the group, of a prepared batch with the group's parameters replaced: only what depends on them is computed. */
  run(group: number, prepared: Prepared, variant: Params): Promise<ReadonlyMap<string, Tensor>>;
  release(): Promise<void>;
}

/** A network split into stages, before anything is opened. */
export interface StagedPlan {
  /** Bytes that a prepared batch holds beside the parameters' own. */
  readonly bytes: number;
  open(): Promise<StagedSession>;
}

/**
 * Compiles a graph (inputs `images` and parameters) once for everything and once more for each group: what depends on the group. The graph is
 * lowered before it is split, so that values cross in the layout they are computed in, and parameters that do not vary are brought into theirs
 * once. Throws when no output depends on a group.
 */
export async function compileStaged(
  graph: Graph,
  groups: readonly (readonly string[])[],
  options: CompileOptions = {},
): Promise<StagedSession> {
  return (await planStaged(graph, groups, options)).open();
}

/** As `compileStaged`, up to what it will hold. */
export async function planStaged(graph: Graph, groups: readonly (readonly string[])[], options: CompileOptions = {}): Promise<StagedPlan> {
  const { whole, open } = await lowered(graph, options);
  const stages = groups.map((names) => hoist(ofGroup(whole, names), names));
  const invariants = new Map(stages.flatMap((stage) => stage.invariants).map((value) => [value.name, value]));
  const moving = dependents(whole, ['images']);
  return {
    bytes: [...invariants.values()].filter(({ name }) => moving.has(name)).reduce((sum, value) => sum + bytesOf(value), 0),
    open: async () => {
      const graphs = [tap(whole, [...invariants.keys()]), ...stages.map(({ rest }) => rest)];
      // sessions take turns, and each has threads of its own: those of the last one must not spin (half the time of a rewind)
      const [base, ...rests] = await openAll(graphs.map((part) => () => open(part, { spinning: false })));
      return sessionOf(base!, rests, { names: whole.outputs.map(({ name }) => name), invariants: [...invariants.keys()], moving });
    },
  };
}

/** The graph without the outputs that a group leaves as they are. */
function ofGroup(whole: Graph, names: readonly string[]): Graph {
  const varies = dependents(whole, names);
  const outputs = whole.outputs.filter(({ name }) => varies.has(name));
  return outputs.length > 0 ? { ...whole, outputs } : whole;
}

interface Split {
  /** Of the graph's outputs. */
  readonly names: readonly string[];
  readonly invariants: readonly string[];
  /** What depends on images. */
  readonly moving: ReadonlySet<string>;
}

function sessionOf(base: Session, rests: readonly Session[], { names, invariants, moving }: Split): StagedSession {
  const still = invariants.filter((name) => !moving.has(name));
  return {
    async prepare(params, images, like) {
      const given = new Map([...params, ['images', images]]);
      const wanted = invariants.filter((name) => !like || moving.has(name));
      const found = await base.run(given, [...new Set([...names, ...wanted])]);
      const feeds = new Map([...given, ...wanted.map((name) => [name, found.get(name)!] as const)]);
      if (like) for (const name of still) feeds.set(name, like.feeds.get(name)!);
      return { outputs: new Map(names.map((name) => [name, found.get(name)!])), feeds };
    },
    async run(group, { feeds }, variant) {
      const rest = rests[group]!;
      return rest.run(new Map(rest.graph.inputs.map(({ name }) => [name, variant.get(name) ?? feeds.get(name)!])));
    },
    async release() {
      for (const session of [base, ...rests]) await session.release();
    },
  };
}

const bytesOf = ({ dims }: Value): number => 4 * sizeOf(dims);
