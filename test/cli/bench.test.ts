import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BenchRow, ProfileRow, ProfileTables } from '../../src/cli/bench-rows.js';
import { profileTables } from '../../src/cli/bench-rows.js';
import type { NodeTime } from '../../src/runtime/profile.js';
import { cliRig } from '../support/cli.js';

const node = (op: string, ms: number, flops: number, output: number[]): NodeTime => ({
  name: `${op}_${ms}`,
  op,
  inputs: [[1]],
  output,
  ms,
  leastMs: ms,
  flops,
});

test('nodes are added up by op and by shapes; the rest of a call has its own rows', () => {
  const nodes = [node('Conv', 3, 6e9, [2]), node('Conv', 1, 1e9, [2]), node('Conv', 4, 1e9, [3]), node('Relu', 0.5, 0, [2])];
  const { ops, shapes } = profileTables({ callMs: 12, runMs: 10, peakMb: 1, nodes }, 4e12);
  const named = ({ op, nodes: n, ms }: ProfileRow) => [op, n, ms];
  assert.deepEqual(ops.map(named), [['Conv', 3, 8], ['Relu', 1, 0.5], ['(between nodes)', 0, 1.5], ['(outside onnxruntime)', 0, 2]]); // prettier-ignore
  assert.ok(Math.abs(ops.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-12);
  assert.equal(ops[0]!.gflopsPerSecond, 1000, '8e9 operations in 8 ms');
  assert.equal(ops[0]!.ceilingShare, 0.25);
  assert.equal(ops[1]!.gflopsPerSecond, null);
  assert.deepEqual(shapes.map(named), [['Conv', 2, 4], ['Conv', 1, 4], ['Relu', 1, 0.5]]); // prettier-ignore
  assert.deepEqual(shapes[0]!.names, ['Conv_3', 'Conv_1']);
});

test('bench measures a workload, with --profile its ops', async (t) => {
  const rig = await cliRig(t);
  const { code, stdout, stderr } = await rig.run('bench', 'fixup-demo', '--mode', 'evaluate', '--steps', '1', '-t', '1', '--json');
  assert.equal(code, 0, stderr);
  const [row] = (JSON.parse(stdout) as { rows: BenchRow[] }).rows;
  assert.deepEqual([row!.workload, row!.mode, row!.batch, row!.threads], ['fixup-demo', 'evaluate', 64, 1]);
  assert.ok(Math.abs(row!.gflopsPerSecond - row!.flops / row!.ms / 1e6) < 1e-6);
  assert.ok(row!.flops > 64 * 2 * (16 * 32 * 32) * (3 * 9), 'more than the stem');

  const profiled = await rig.run('bench', 'fixup-demo', '--profile', '--steps', '1', '-t', '1', '--json');
  const tables = JSON.parse(profiled.stdout) as ProfileTables;
  assert.ok(tables.ops.some(({ op, gflopsPerSecond }) => op === 'Conv' && gflopsPerSecond! > 0));
  assert.ok(Math.abs(tables.ops.reduce((sum, { ms }) => sum + ms, 0) - tables.callMs) < 1e-6);

  const wrong = await rig.run('bench', 'fixup-19');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /bench: unknown workload "fixup-19"; there are: .*did you mean fixup-18\?/);
});
