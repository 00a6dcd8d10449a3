import { setImmediate, setTimeout as delay } from "node:timers/promises";
import type { RequestHandler } from "express";
import { isSafe } from "./methods.ts";

/** Requests for a change that somebody waits for the answers of. */
export class InFlight {
  #count = 0;
  #quiet = Promise.withResolvers<undefined>();

  readonly count: RequestHandler = (request, response, next) => {
    if (!isSafe(request.method)) {
      this.#count += 1;
      response.once("close", () => {
        this.#count -= 1;
        if (this.#count > 0) return;
        this.#quiet.resolve(undefined);
        this.#quiet = Promise.withResolvers();
      });
    }
    next();
  };

  /** Resolves when nobody waits, those included whose requests have arrived and are not read yet; at the latest after `mostMs`. */
  async quiet(mostMs: number): Promise<void> {
    const late = new AbortController();
    const limit = delay(mostMs, true, { signal: late.signal }).catch(() => true);
    for (let isLate = false; !isLate;) {
      await setImmediate();
      if (this.#count === 0) break;
      isLate = (await Promise.race([this.#quiet.promise, limit])) === true;
    }
    late.abort();
  }
}
