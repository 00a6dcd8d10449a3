/** Restores under way: how long they take, and what happens when each is done. */
export class Restoring {
  /** How long a restore takes, in milliseconds; S3 takes hours, the default is at once. */
  delayMs = 0;
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Calls back when a restore that begins now is done; what a stopped server has not called back is done all the same. */
  begin(done: () => void): void {
    if (this.delayMs === 0) {
      done();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      done();
    }, this.delayMs);
    timer.unref();
    this.#timers.add(timer);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
