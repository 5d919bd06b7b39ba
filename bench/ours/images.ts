import { evaluationBatches } from '../../src/data/batches.js';
import { SPLITS } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/datasets.js';
import type { Asked } from './main.js';

const BATCH = 64;

/** From a folder of JPEGs to normalized float32 batches, as a study does it: decoded, resized, cut; means of the channels; batches. */
export function openImages({ pictures, side, images }: Asked<'images'>): Promise<() => Promise<unknown>> {
  return Promise.resolve(async () => {
    const dataset = await loadDataset({ dataset: 'folder', root: pictures, size: side });
    let [seen, sum] = [0, 0];
    for (const split of SPLITS) {
      for await (const batch of evaluationBatches({ dataset, split, batch: BATCH })) {
        seen += batch.indices.filter((index) => index >= 0).length;
        sum += batch.images[0]!;
      }
    }
    if (seen !== images || !Number.isFinite(sum)) throw new Error(`bench: must see ${images} images, got ${seen}`);
  });
}
