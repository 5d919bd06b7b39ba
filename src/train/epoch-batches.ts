import { trainBatches } from '../data/batches.js';
import type { Batch } from '../data/dataset.js';
import { abortable } from './abortable.js';
import type { TrainJob } from './job.js';
import { mixup } from './mixup.js';

/** The training batches of a run, epoch by epoch. */
export interface EpochBatches {
  /** Augmented and mixed; ends with the signal's reason when that aborts. */
  of(epoch: number): AsyncIterable<Batch>;
  /** Lets the data thread begin with an epoch that is not yet wanted. */
  begin(epoch: number): void;
  /** Drops what was begun and never wanted. */
  close(): Promise<void>;
}

export function epochBatches({ dataset, recipe, seeds, signal }: TrainJob): EpochBatches {
  const { batch, augment, mixup: alpha } = recipe;
  const seed = seeds.order;
  const open = (epoch: number) => trainBatches({ split: dataset.splits.train, dataset, batch, augment, seed, epoch });
  let begun: { readonly epoch: number; readonly batches: ReturnType<typeof open> } | undefined;
  return {
    of(epoch) {
      const batches = begun?.epoch === epoch ? begun.batches : open(epoch);
      begun = undefined;
      return abortable(mixup(batches, { alpha, seed, epoch }), signal);
    },
    begin(epoch) {
      begun = { epoch, batches: open(epoch) };
    },
    async close() {
      await begun?.batches.return?.(undefined);
      begun = undefined;
    },
  };
}
