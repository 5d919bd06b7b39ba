import type { Tensor } from '../tensor/tensor.js';
import type { Graph } from '../onnx/graph.js';
import type { Provider } from './onnxruntime.js';

export interface CompileOptions {
  /** Threads of one operation (onnxruntime's intra-op threads). */
  readonly threads?: number;
  /** Which lowering to use; auto: what the variable CARRYOVER_LOWERING says, else the fastest that works here (see `self-test.ts`). */
  readonly lowering?: 'standard' | 'blocked' | 'auto';
  /** What onnxruntime may rewrite; default: nothing in graphs with gradients, all in others. */
  readonly optimization?: 'disabled' | 'all';
  /** Where to compute; default: where the process does (see `useProvider`), the CPU. All but the CPU get the standard lowering. */
  readonly provider?: Provider;
  /** Begin of the path of a file that gets a profile of every run when the session is released (see `profile.ts`). */
  readonly profile?: string;
}

/** A compiled graph. Feeds and results are keyed by the graph's own input and output names. */
export interface Session {
  readonly graph: Graph;
  /**
   * Runs once. `outputs` restricts what is copied out and returned (everything is computed all the same). Feeds are read in place: leave
   * them alone until the promise is settled. Throws when a feed is missing, unknown or has another type or shape.
   */
  run(feeds: ReadonlyMap<string, Tensor>, outputs?: readonly string[]): Promise<ReadonlyMap<string, Tensor>>;
  /** Frees native memory; the session is unusable afterwards. */
  release(): Promise<void>;
}

/** Lowers and compiles a graph (it may hold virtual ops). */
export type Compile = (graph: Graph, options?: CompileOptions) => Promise<Session>;
