/** Runs pieces of work one after the other, in the order of submission. */
export class Serializer {
  private last: Promise<unknown> = Promise.resolve();

  /** Settles as the work does; a failure does not keep the next one from running. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
