import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import type { BatchJob, FromThread } from './batch-worker.js';
import { dataThread, onBreakdown } from './data-thread.js';
import type { Batch } from './dataset.js';

/**
 * Has the data thread make the batches of a job, from now on. It keeps `ahead` batches ready without needing this thread's event loop: results are
 * taken from the port directly, so that a consumer that blocks in native code between batches finds them there.
 * Ending the loop early, or `return()`, drops the job.
 */
export function prefetch(job: BatchJob): AsyncIterableIterator<Batch> {
  const { port1: port, port2 } = new MessageChannel();
  const arrived: FromThread[] = [];
  let [taken, wake, failure]: [number, (() => void) | undefined, Error | undefined] = [0, undefined, undefined];
  const told = () => wake?.();
  port.on('message', (message: FromThread) => {
    arrived.push(message);
    told();
  });
  const forget = onBreakdown((error) => {
    failure = error;
    told();
  });
  dataThread().postMessage({ job, port: port2 }, [port2]);
  port.unref();

  const end = () => {
    taken = job.order.length;
    forget();
    port.close();
    told();
  };
  const available = (): FromThread | undefined =>
    arrived.shift() ?? (receiveMessageOnPort(port)?.message as FromThread | undefined) ?? (failure && { error: failure });

  const wait = async (): Promise<FromThread | undefined> => {
    let message = available();
    port.ref();
    while (!message && taken < job.order.length) {
      await new Promise<void>((resolve) => (wake = resolve));
      message = available();
    }
    port.unref();
    wake = undefined;
    return message;
  };

  const take = async (): Promise<IteratorResult<Batch>> => {
    if (taken >= job.order.length) return { done: true, value: undefined };
    const began = performance.now();
    const message = await wait();
    if (!message) return { done: true, value: undefined };
    if ('error' in message) {
      end();
      throw message.error;
    }
    port.postMessage(null);
    const indices = job.order.slice(taken, (taken += job.batch));
    if (taken >= job.order.length) end();
    return { done: false, value: { ...message, indices, waitMs: performance.now() - began } };
  };
  // calls that overlap wait for one another
  let last: Promise<unknown> = Promise.resolve();
  return {
    next() {
      const result = last.then(take);
      last = result.catch(() => undefined);
      return result;
    },
    async return() {
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
