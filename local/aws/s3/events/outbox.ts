import { setTimeout as sleep } from "node:timers/promises";

import type { Announced, Store } from "../store.ts";
import type { BucketNotification } from "./announce.ts";

/** Waits between tries, milliseconds; after the last an event is given up, as S3 gives up in the end. */
const RETRIES = [200, 1000, 5000, 15_000, 60_000];

/**
 * Delivers announced events: at least once, also after a crash, in no certain order.
 * What cannot be delivered is tried again a few times and then dropped.
 */
export class Outbox {
  readonly #store: Store;
  readonly #notify: (notification: BucketNotification) => Promise<void>;
  readonly #deliveries = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(store: Store, notify: (notification: BucketNotification) => Promise<void>) {
    this.#store = store;
    this.#notify = notify;
    store.onAnnounced = (announced) => this.#start(announced);
    this.#start(store.unsettled());
  }

  /** Waits for tries under way; what still waits is delivered after the next start. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([...this.#deliveries]);
  }

  #start(announced: readonly Announced[]): void {
    for (const one of announced) {
      const delivery = this.#deliver(one).finally(() => this.#deliveries.delete(delivery));
      this.#deliveries.add(delivery);
    }
  }

  async #deliver({ id, notification }: Announced): Promise<void> {
    const parsed = JSON.parse(notification) as BucketNotification;
    for (const wait of [...RETRIES, undefined]) {
      const delivered = await this.#notify(parsed).then(
        () => true,
        () => false,
      );
      if (delivered || wait === undefined) break;
      try {
        await sleep(wait, undefined, { signal: this.#stop.signal, ref: false });
      } catch {
        return;
      }
    }
    this.#store.settle(id);
  }
}
