export interface Counted {
  requests: number;
  byOperation: Record<string, number>;
  byStatus: Record<string, number>;
  faults: Record<string, number>;
  /** Bodies of requests. */
  bytesIn: number;
  /** Bodies of answers, as far as they were sent. */
  bytesOut: number;
  /** Blob: bytes that the service itself fetched for Put Blob/Block From URL. */
  bytesFetched: number;
  connections: number;
}

export class Counters {
  #counted = nothing();

  get counted(): Counted {
    return this.#counted;
  }

  request(operation: string, bytesIn: number): void {
    this.#counted.requests += 1;
    this.#counted.bytesIn += bytesIn;
    add(this.#counted.byOperation, operation);
  }

  status(status: number): void {
    add(this.#counted.byStatus, String(status));
  }

  fault(kind: string): void {
    add(this.#counted.faults, kind);
  }

  reset(): void {
    this.#counted = nothing();
  }
}

function nothing(): Counted {
  return {
    requests: 0,
    byOperation: {},
    byStatus: {},
    faults: {},
    bytesIn: 0,
    bytesOut: 0,
    bytesFetched: 0,
    connections: 0,
  };
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
