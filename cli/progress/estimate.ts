import { settledOf, type Snapshot } from "./snapshot.ts";

export interface Rates {
  readonly bytesPerSecond: number;
  readonly objectsPerSecond: number;
}

/** How much longer, in milliseconds: at the fastest and at the slowest of the recent paces. */
export interface Eta {
  readonly least: number;
  readonly most: number;
}

interface Sample {
  readonly ms: number;
  readonly bytes: number;
  readonly objects: number;
}

const RECENT_MS = 10_000;
const LONG_MS = 60_000;

/** Rates of the last seconds, and the time that is left as a range: paces change, and one number would pretend to know. */
export class Estimate {
  readonly #samples: Sample[] = [{ ms: 0, bytes: 0, objects: 0 }];
  #last: Snapshot | undefined;

  add(snapshot: Snapshot): void {
    const objects = settledOf(snapshot);
    this.#samples.push({ ms: snapshot.ms, bytes: snapshot.movedBytes, objects });
    while ((this.#samples[1]?.ms ?? Infinity) <= snapshot.ms - LONG_MS) this.#samples.shift();
    this.#last = snapshot;
  }

  /** Over the last ten seconds. */
  rates(): Rates {
    return this.#over(RECENT_MS);
  }

  /** Undefined while the source is being counted, and until there is a pace to go by. */
  eta(): Eta | undefined {
    const last = this.#last;
    if (last === undefined || last.counting) return undefined;
    const objects = last.found.objects - settledOf(last);
    const bytes = Math.max(0, last.found.bytes - Math.max(last.settledBytes, last.movedBytes));
    if (objects <= 0) return { least: 0, most: 0 };
    const needed = [this.#over(RECENT_MS), this.#over(LONG_MS)].map((rates) =>
      // Whichever takes longer holds the run up.
      Math.max(objects / rates.objectsPerSecond, bytes === 0 ? 0 : bytes / rates.bytesPerSecond),
    );
    const most = Math.max(...needed) * 1000;
    if (!Number.isFinite(most)) return undefined;
    return { least: Math.min(...needed) * 1000, most };
  }

  #over(ms: number): Rates {
    const last = this.#samples.at(-1);
    const first = this.#samples.find((one) => one.ms >= (last?.ms ?? 0) - ms);
    if (last === undefined || first === undefined)
      return { bytesPerSecond: 0, objectsPerSecond: 0 };
    const seconds = (last.ms - first.ms) / 1000;
    // Less than a fifth of a second tells nothing.
    if (seconds < 0.2) return { bytesPerSecond: 0, objectsPerSecond: 0 };
    return {
      bytesPerSecond: (last.bytes - first.bytes) / seconds,
      objectsPerSecond: (last.objects - first.objects) / seconds,
    };
  }
}
