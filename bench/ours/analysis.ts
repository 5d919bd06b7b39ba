import { findAnalysis } from '../../src/analyses/registry.js';
import { loadDataset } from '../../src/data/datasets.js';
import { EMOJI_DOMAINS } from '../../src/data/emoji.js';
import { buildNetwork } from '../../src/models/networks.js';
import { nudged, runOf, subjectOf } from '../../test/support/subject.js';
import type { Asked } from './main.js';

/** An analysis of two networks on the test images of some emoji styles. What the weights are makes no difference to the time. */
export async function openAnalysis({
  kind,
  network,
  styles,
  options,
  threads,
}: Asked<'cka' | 'interpolation' | 'rewind' | 'criticality'>): Promise<() => Promise<unknown>> {
  const data = await loadDataset({ dataset: 'emoji', domains: Object.keys(EMOJI_DOMAINS).slice(0, styles) });
  const { init } = buildNetwork(network, { batch: 1, channels: 3, height: 32, width: 32, classes: data.classes.length });
  const runs = [1, 2].map((seed) =>
    runOf({ role: 'P-T', seed, network, initial: init(seed), final: nudged(init(seed), 0.01, String(seed)) }),
  );
  const analysis = findAnalysis(kind);
  const resolved = { ...analysis.options, ...options };
  // those that compare two networks get both; the others look at each by itself
  const looked = kind === 'cka' || kind === 'interpolation' ? runs : runs.slice(0, 1);
  // a fresh subject every time: what one has predicted is kept
  return () => analysis.run({ ...subjectOf(data, looked), threads }, resolved);
}
