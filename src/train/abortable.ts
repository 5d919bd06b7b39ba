/** The same batches, until `signal` aborts: then its reason is thrown instead of the next one. */
export async function* abortable<T>(batches: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  signal?.throwIfAborted();
  for await (const batch of batches) {
    yield batch;
    signal?.throwIfAborted();
  }
}
