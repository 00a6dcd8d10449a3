import { Connection, type Owner } from "./connection.ts";
import type { Connector } from "./connect.ts";
import type { Exchange } from "./exchange.ts";
import { WireError } from "./error.ts";
import type { Clock, Timing } from "./timing.ts";

/** The connections to one origin. The one that was used last is used next, so that those too many fall idle and close. */
export class Pool implements Owner {
  readonly clock: Clock;
  readonly timing: Timing;
  readonly #connector: Connector;
  readonly #most: number;
  readonly #all = new Set<Connection>();
  readonly #idle: Connection[] = [];
  /** Free as soon as this turn of the event loop has shown that nothing follows their answers. */
  #settling: Connection[] = [];
  readonly #waiting: Exchange[] = [];
  /** Where the queue begins; what lies before has gone. */
  #next = 0;
  #closed = false;

  constructor(connector: Connector, most: number, clock: Clock, timing: Timing) {
    this.#connector = connector;
    this.#most = most;
    this.clock = clock;
    this.timing = timing;
  }

  get empty(): boolean {
    return this.#all.size === 0;
  }

  start(exchange: Exchange): void {
    const waiting = this.#waiting.length - this.#next;
    const idle = waiting === 0 ? this.#takeIdle() : undefined;
    if (idle !== undefined) idle.carry(exchange);
    else if (waiting < this.#settling.length || this.#all.size >= this.#most) {
      this.#waiting.push(exchange);
    } else this.#connect(exchange);
  }

  free(connection: Connection, settling: boolean): void {
    if (settling) {
      if (this.#settling.push(connection) === 1) setImmediate(this.#settle);
      return;
    }
    const exchange = this.#takeWaiting();
    if (exchange === undefined) this.#idle.push(connection);
    else connection.carry(exchange);
  }

  closed(connection: Connection, repeat: Exchange | undefined): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (repeat !== undefined) this.#connect(repeat);
    this.#serveWaiting();
  }

  sweep(): void {
    for (const connection of this.#all) connection.sweep();
  }

  close(): void {
    this.#closed = true;
    const error = new WireError("Closed", "the client was closed");
    for (let one = this.#takeWaiting(); one !== undefined; one = this.#takeWaiting()) {
      one.fail(error);
    }
    for (const connection of this.#all) connection.fail(error);
  }

  readonly #settle = (): void => {
    const settled = this.#settling;
    this.#settling = [];
    for (const connection of settled) {
      if (connection.usable) this.free(connection, false);
    }
    this.#serveWaiting();
  };

  #serveWaiting(): void {
    if (this.#closed) return;
    while (this.#waiting.length - this.#next > this.#settling.length) {
      if (this.#all.size >= this.#most) return;
      const exchange = this.#takeWaiting();
      if (exchange === undefined) return;
      this.#connect(exchange);
    }
  }

  #connect(exchange: Exchange): void {
    this.#all.add(new Connection(this, this.#connector, exchange));
  }

  #takeIdle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || connection.usable) return connection;
    }
  }

  /** The one that has waited longest and has not been given up. */
  #takeWaiting(): Exchange | undefined {
    while (this.#next < this.#waiting.length) {
      const exchange = this.#waiting[this.#next];
      this.#next += 1;
      if (this.#next === 1024) {
        this.#waiting.splice(0, this.#next);
        this.#next = 0;
      }
      if (exchange?.settled === false) return exchange;
    }
    this.#waiting.length = 0;
    this.#next = 0;
    return undefined;
  }
}
