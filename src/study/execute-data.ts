import { join } from 'node:path';
import type { Dataset, DatasetSpec, SplitName } from '../data/dataset.js';
import { loadDataset } from '../data/datasets.js';
import { writePacked, writeView } from '../data/packed.js';
import type { View } from '../data/view.js';
import { SUMMARY_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import { writeJson } from '../store/write.js';
import type { Step } from './step.js';

/** What is known of a data set without its images. */
export interface DataSummary {
  readonly name: string;
  readonly classes: readonly string[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly count: Readonly<Record<SplitName, number>>;
  /** '' where unknown. */
  readonly licence: string;
  readonly remarks: readonly string[];
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

/** Decodes once; everything later reads the packed files, also other views of the same images. */
export async function executeData({ options, inputs }: Step, store: Store, directory: string): Promise<void> {
  const { source } = inputs;
  const dataset = source
    ? await writeView(await store.checked(source.step), directory, options as View)
    : await packed(options as unknown as DatasetSpec, directory);
  const { name, classes, channels, height, width, splits, licence = '', remarks = [], skipped } = dataset;
  const count = { train: splits.train.ids.length, val: splits.val.ids.length, test: splits.test.ids.length };
  const summary: DataSummary = { name, classes, channels, height, width, count, licence, remarks, skipped };
  await writeJson(join(directory, SUMMARY_FILE), summary);
}

async function packed(spec: DatasetSpec, directory: string): Promise<Dataset> {
  const dataset = await loadDataset(spec);
  await writePacked(dataset, directory);
  return dataset;
}
