/** What the network and the service are made to be like, for one side. Everything off: as fast as it goes. */
export interface Conditions {
  /** Added to every answer. */
  rttMs: number;
  /** Added to the first answer on a connection: 1 round trip for TCP, 2 more for TLS. */
  connectMs: number;
  /** Of bodies, on each connection and in each direction; 0: no limit. */
  bytesPerSecond: number;
  /** Shares, 0 to 1, of requests: answered 503 SlowDown/ServerBusy, their connection reset, their answer's body cut short. */
  busy: number;
  reset: number;
  truncate: number;
  /** Operations that faults befall; all when empty. */
  operations: string[];
  /** Of the faults: the same seed and order of requests give the same faults. */
  seed: number;
  /** Overwrites a source object once when this share of its bytes has been asked for. Undefined: never. */
  overwriteAt?: number | undefined;
  /** Keys that `overwriteAt` befalls begin with it. */
  overwritePrefix: string;
  /** S3: answers with x-amz-checksum-crc64nvme when asked with x-amz-checksum-mode. */
  checksums: boolean;
  /** Blob: checks x-ms-content-crc64 and Content-MD5 of what arrives. */
  check: boolean;
}

export const CALM: Readonly<Conditions> = {
  rttMs: 0,
  connectMs: 0,
  bytesPerSecond: 0,
  busy: 0,
  reset: 0,
  truncate: 0,
  operations: [],
  seed: 1,
  overwriteAt: undefined,
  overwritePrefix: "",
  checksums: true,
  check: true,
};

/** `reset-late`: the work is done and the answer is lost, the case that a client cannot tell from `reset`. */
export type Fault = "busy" | "reset" | "reset-late" | "truncate";

export class Weather {
  conditions: Conditions = { ...CALM, operations: [] };
  #state = 1;

  set(change: Partial<Conditions>): void {
    this.conditions = { ...this.conditions, ...change };
    this.#state = this.conditions.seed;
  }

  clear(): void {
    this.set({ ...CALM, operations: [] });
  }

  fault(operation: string): Fault | undefined {
    const { busy, reset, truncate, operations } = this.conditions;
    if (busy + reset + truncate === 0) return undefined;
    if (operations.length > 0 && !operations.includes(operation)) return undefined;
    const drawn = this.#random();
    if (drawn < busy) return "busy";
    if (drawn < busy + reset) return drawn < busy + reset / 2 ? "reset" : "reset-late";
    if (drawn < busy + reset + truncate) return "truncate";
    return undefined;
  }

  /** mulberry32 */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}
