// The data thread: makes the batches of any number of jobs ahead of their consumers. See prefetch.ts for the other side.
import type { MessagePort } from 'node:worker_threads';
import { parentPort } from 'node:worker_threads';
import type { BatchSource, Chance } from './fill-batch.js';
import { batchFiller } from './fill-batch.js';

export interface BatchJob {
  readonly source: BatchSource;
  readonly chance: Chance;
  /** The images of all batches, one batch after the other. */
  readonly order: Int32Array;
  readonly batch: number;
  /** How many batches may lie ready. */
  readonly ahead: number;
}

/** What goes to the consumer; it answers each batch with any message: one more may be made. */
export type FromThread = { readonly images: Float32Array; readonly targets: Float32Array } | { readonly error: Error };

parentPort!.on('message', ({ job, port }: { job: BatchJob; port: MessagePort }) => serve(job, port));

function serve({ source, chance, order, batch, ahead }: BatchJob, port: MessagePort): void {
  let fill: ReturnType<typeof batchFiller> | undefined;
  let [credit, at, closed] = [ahead, 0, false];
  const send = (message: FromThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  // one batch a turn of the event loop, so that jobs take turns and messages come through
  const work = () => {
    if (closed || credit === 0 || at >= order.length) return;
    try {
      fill ??= batchFiller(source, chance);
      const { images, targets } = fill(order.subarray(at, at + batch));
      send({ images, targets }, [images.buffer as ArrayBuffer, targets.buffer as ArrayBuffer]);
    } catch (error) {
      send({ error: error instanceof Error ? error : new Error(String(error)) });
      port.close();
      return;
    }
    at += batch;
    if (--credit > 0) setImmediate(work);
  };
  port.on('message', () => {
    if (credit++ === 0) setImmediate(work);
  });
  port.on('close', () => {
    closed = true;
  });
  work();
}
