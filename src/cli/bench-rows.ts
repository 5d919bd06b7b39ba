import type { NodeTime, Profile } from '../runtime/profile.js';

/** What a workload takes, as `carryover bench --json` prints it. */
export interface BenchRow {
  readonly workload: string;
  readonly mode: 'train' | 'evaluate';
  readonly batch: number;
  readonly threads: number;
  /** One step, median. */
  readonly ms: number;
  readonly imagesPerSecond: number;
  /** Operations of the network's convolutions and matrix products in one step; a multiply-add is two. */
  readonly flops: number;
  readonly gflopsPerSecond: number;
  /** Of the fastest convolution on this machine. */
  readonly ceilingShare: number;
}

/** Nodes of a profile that are alike, added up. */
export interface ProfileRow {
  readonly op: string;
  readonly nodes: number;
  readonly ms: number;
  /** Of one call's time. */
  readonly share: number;
  /** null for ops whose arithmetic does not count. Padding counts as work here. */
  readonly gflopsPerSecond: number | null;
  readonly ceilingShare: number | null;
}

export interface ProfileTables {
  readonly callMs: number;
  readonly runMs: number;
  readonly peakMb: number;
  readonly ceilingGflopsPerSecond: number;
  /** By op, slowest first, then what is no op: adds up to `callMs`. */
  readonly ops: readonly ProfileRow[];
  /** By op and shapes, slowest first. */
  readonly shapes: readonly (ProfileRow & Pick<NodeTime, 'inputs' | 'output'> & { readonly names: readonly string[] })[];
}

/** `ceiling`: operations a second. */
export function profileTables({ callMs, runMs, peakMb, nodes }: Profile, ceiling: number): ProfileTables {
  const row = (op: string, nodes: number, ms: number, flops = 0): ProfileRow => {
    const speed = flops > 0 ? flops / (ms / 1000) : null;
    return {
      op,
      nodes,
      ms,
      share: ms / callMs,
      gflopsPerSecond: speed === null ? null : speed / 1e9,
      ceilingShare: speed === null ? null : speed / ceiling,
    };
  };
  const added = (alike: readonly NodeTime[]) => row(alike[0]!.op, alike.length, total(alike, 'ms'), total(alike, 'flops'));
  const slowestFirst = (a: ProfileRow, b: ProfileRow) => b.ms - a.ms;
  const ops = groups(nodes, ({ op }) => op).map(added);
  const shapes = groups(nodes, ({ op, inputs, output }) => JSON.stringify([op, inputs, output])).map((alike) => {
    const { inputs, output } = alike[0]!;
    return { ...added(alike), inputs, output, names: alike.map(({ name }) => name) };
  });
  return {
    callMs,
    runMs,
    peakMb,
    ceilingGflopsPerSecond: ceiling / 1e9,
    ops: [
      ...ops.sort(slowestFirst),
      row('(between nodes)', 0, runMs - total(nodes, 'ms')),
      row('(outside onnxruntime)', 0, callMs - runMs),
    ],
    shapes: shapes.sort(slowestFirst),
  };
}

const total = (nodes: readonly NodeTime[], key: 'ms' | 'flops'): number => nodes.reduce((sum, node) => sum + node[key], 0);

function groups(nodes: readonly NodeTime[], keyOf: (node: NodeTime) => string): NodeTime[][] {
  const found = new Map<string, NodeTime[]>();
  for (const node of nodes) {
    const group = found.get(keyOf(node));
    if (group) group.push(node);
    else found.set(keyOf(node), [node]);
  }
  return [...found.values()];
}
