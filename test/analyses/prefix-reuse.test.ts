// Work is counted, not timed: how often each session runs, and how much arithmetic is in it.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { InferenceSession } from 'onnxruntime-node';
import { criticality } from '../../src/analyses/criticality.js';
import { groupsOf } from '../../src/analyses/module-groups.js';
import { rewind } from '../../src/analyses/rewind.js';
import { hoist } from '../../src/onnx/edits/hoist.js';
import { prune } from '../../src/onnx/edits/prune.js';
import { graphFlops } from '../../src/onnx/flops.js';
import { inferShapes } from '../../src/onnx/shapes/infer.js';
import { bestLowering } from '../../src/runtime/self-test.js';
import { madeSubject, patternData } from '../support/subject.js';

/** How often each session ran, in the order they were opened. */
const runs: number[] = [];
const create = InferenceSession.create.bind(InferenceSession) as (...given: unknown[]) => Promise<InferenceSession>;
before(async () => {
  // the engine tries its blocked ops once a process, in sessions of its own
  await bestLowering();
  InferenceSession.create = async (...given: unknown[]) => {
    const session = await create(...given);
    const place = runs.push(0) - 1;
    const run = session.run.bind(session) as (...feeds: unknown[]) => ReturnType<InferenceSession['run']>;
    session.run = (...feeds: unknown[]) => {
      runs[place]!++;
      return run(...feeds);
    };
    return session;
  };
});
after(() => {
  InferenceSession.create = create as typeof InferenceSession.create;
});
beforeEach(() => {
  runs.length = 0;
});

const data = patternData({ train: 150, test: 300 });
/** Of 64: test images; training images for BatchNorm statistics. */
const [BATCHES, ANEW] = [5, 2];
const SIZES = { widths: [4, 8], blocks: [1, 1] };
const times = (count: number, length: number): number[] => Array.from({ length }, () => count);

for (const architecture of ['fixup-resnet', 'resnet']) {
  const subject = madeSubject({ architecture, ...SIZES }, data);
  const run = subject.runs[1]!;
  const { graph, modules } = subject.network(run, { batch: 64 });
  const groups = groupsOf(modules, null);

  test(`${architecture}: what is left of the network for a module is what lies behind the one before it`, () => {
    const values = inferShapes(graph);
    for (const [k, group] of groups.entries()) {
      const before = k === 0 ? 0 : graphFlops(prune({ ...graph, outputs: [values.get(modules[k - 1]!.output)!] }));
      assert.equal(graphFlops(hoist(graph, group.parameters).rest), graphFlops(graph) - before, group.name);
    }
  });

  test(`${architecture}: rewind runs the whole network once a batch, and what follows a module once a batch and epoch`, async () => {
    await rewind.run({ ...subject, runs: [run] }, { ...rewind.options, batchNormImages: 128, resamples: 10 });
    const expected =
      architecture === 'resnet'
        ? // statistics: the network as trained, and every module but the head, which no BatchNorm follows; then both forms
          [...times(ANEW, groups.length), ...times(2 * BATCHES, 1 + groups.length)]
        : times(BATCHES, 1 + groups.length);
    assert.deepEqual(runs, expected);
  });
}

test('criticality: the whole network once a batch, then each cell and draw once, of what follows the module', async () => {
  const subject = madeSubject({ architecture: 'fixup-resnet', ...SIZES }, data);
  const grid = { alphas: 3, sigmas: 2, draws: 4, samples: 100, resamples: 10, paths: ['direct'] as const, scales: ['relative'] as const };
  await criticality.run({ ...subject, runs: [subject.runs[1]!] }, { ...criticality.options, ...grid });
  assert.deepEqual(runs, [2, ...times(2 * 3 * 2 * 4, 4)]);
});

test('criticality with BatchNorm: statistics once a point, not once a cell', async () => {
  const subject = madeSubject({ architecture: 'resnet', ...SIZES }, data);
  const grid = {
    alphas: 3,
    sigmas: 2,
    draws: 4,
    samples: 100,
    resamples: 10,
    paths: ['direct'] as const,
    scales: ['relative'] as const,
    batchNormImages: 128,
  };
  await criticality.run({ ...subject, runs: [subject.runs[1]!] }, { ...criticality.options, ...grid });
  assert.deepEqual(runs, [ANEW, ...times(3 * ANEW, 3), 2 * 2, ...times(2 * 2 * 3 * 2 * 4, 4)]);
});
