import { wait } from "../http/attempts.ts";

/** Where workers leave their signs of life: small objects under one prefix, no server. */
export interface SignStore {
  put(name: string, signal: AbortSignal): Promise<void>;
  /** All names, with when they were put last, by the store's own clock, in milliseconds. */
  list(signal: AbortSignal): Promise<readonly { readonly name: string; readonly at: number }[]>;
  delete(name: string, signal: AbortSignal): Promise<void>;
}

export interface MembersOptions {
  readonly store: SignStore;
  readonly worker: string;
  readonly signal: AbortSignal;
  /** Told of each sign that could not be given or read; it is tried again at the next beat. */
  readonly onTrouble: (error: unknown) => void;
  readonly beatMs?: number;
  /** By the store's clock: how old a sign of the living may be. */
  readonly deadMs?: number;
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const BEAT_MS = 10_000;

/**
 * How many workers share something. Each gives a sign of life at every beat and counts the fresh ones.
 *
 * Sharing is safe at all times: whoever joins others keeps still until they must have counted it; whoever leaves or dies is counted until its sign is gone or
 * stale; whoever cannot give its sign keeps still before the others take it for dead.
 */
export class Members {
  readonly #options: MembersOptions;
  readonly #beatMs: number;
  readonly #deadMs: number;
  #live = 1;
  /** Our share may be used in this time only. */
  #from = Infinity;
  #until = -Infinity;
  readonly #changed = new Set<() => void>();

  constructor(options: MembersOptions) {
    this.#options = options;
    this.#beatMs = options.beatMs ?? BEAT_MS;
    this.#deadMs = options.deadMs ?? 2.5 * this.#beatMs;
  }

  /** What one worker may use of the whole: 0 while it must keep still. */
  share(now: number): number {
    return now >= this.#from && now < this.#until ? 1 / this.#live : 0;
  }

  get live(): number {
    return this.#live;
  }

  /** Calls back whenever the share may have changed; returns what ends that. */
  onChange(changed: () => void): () => void {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  }

  /** Beats until the signal ends it, then takes the sign away. */
  async run(): Promise<void> {
    const { signal, onTrouble, store, worker } = this.#options;
    const sleep = this.#options.sleep ?? wait;
    while (!signal.aborted) {
      await this.#beat().catch((error: unknown) => {
        if (!signal.aborted) onTrouble(error);
      });
      for (const changed of this.#changed) changed();
      await sleep(this.#beatMs, signal).catch(() => undefined);
    }
    await store.delete(worker, AbortSignal.timeout(3_000)).catch(onTrouble);
  }

  async #beat(): Promise<void> {
    const { store, worker, signal } = this.#options;
    const now = this.#options.now ?? (() => performance.now());
    const began = now();
    const lapsed = began >= this.#until;
    await store.put(worker, signal);
    const signs = await store.list(signal);
    const own = signs.find((one) => one.name === worker)?.at;
    // A listing without our own sign tells nothing of the store's clock.
    if (own === undefined) return;
    const live = signs.filter((one) => own - one.at < this.#deadMs).length;
    if (lapsed) {
      // The others count us at their next beat, which may itself take a while; a sign put before ours may not have been listed by its owner yet.
      this.#from = live === 1 ? now() : now() + 1.5 * this.#beatMs;
    }
    this.#live = live;
    // Others take us for dead that long after our sign came in, which was after we began.
    this.#until = began + this.#deadMs - 0.25 * this.#beatMs;
  }
}
