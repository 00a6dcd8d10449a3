import type { Socket } from "node:net";
import { AnswerReader } from "./answer.ts";
import type { Connector } from "./connect.ts";
import { WireError } from "./error.ts";
import type { Exchange } from "./exchange.ts";
import { Outgoing, SLICE } from "./outgoing.ts";
import type { Clock, Timing } from "./timing.ts";

/** What a connection tells its pool. */
export interface Owner {
  readonly clock: Clock;
  readonly timing: Timing;
  /** It can carry another request; `settling`: only once the current turn of the event loop has shown that nothing follows the answer. */
  free(connection: Connection, settling: boolean): void;
  /** It is closed. The exchange, where there is one, is to be repeated on a fresh connection. */
  closed(connection: Connection, repeat: Exchange | undefined): void;
}

// Every read is consumed before the next one of any connection, so all can share the memory.
const shared = Buffer.allocUnsafeSlow(64 * 1024);

/** One connection, carrying one exchange at a time. Bodies with a place of their own are read straight into it. */
export class Connection {
  readonly #owner: Owner;
  readonly #socket: Socket;
  readonly #connector: Connector;
  readonly #reader = new AnswerReader();
  #state: "connecting" | "open" | "closed" = "connecting";
  #exchange: Exchange | undefined;
  #outgoing: Outgoing | undefined;
  /** When something last moved, in ticks. */
  #moved: number;
  /** How long the answer may take to begin, in ticks. */
  #patience = 0;
  /** How long the other side keeps it without work, in ticks. */
  #idleTicks: number;
  #carried = 0;
  readonly #openedAt = performance.now();
  #holdsProcess = true;

  constructor(owner: Owner, connector: Connector, first: Exchange) {
    this.#owner = owner;
    this.#connector = connector;
    this.#exchange = first;
    first.connection = this;
    this.#moved = owner.clock.tick;
    this.#idleTicks = owner.clock.ticks(owner.timing.idleMs);
    const buffer = (): Buffer => this.#reader.space() ?? shared;
    const callback = (length: number, bytes: Uint8Array): boolean => {
      this.#read(bytes as Buffer, length);
      return true;
    };
    this.#socket = connector.open({ buffer, callback }, () => this.#ready());
    this.#socket.on("end", () => this.#ended());
    this.#socket.on("error", (error) => this.#broke(error));
    this.#socket.on("close", () => this.#broke(undefined));
  }

  get usable(): boolean {
    return this.#state === "open" && this.#socket.writable;
  }

  /** Sends a request. Only when the connection is free. */
  carry(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.connection = this;
    if (!this.#holdsProcess) {
      this.#socket.ref();
      this.#holdsProcess = true;
    }
    this.#send(exchange);
  }

  /** Ends what is late. */
  sweep(): void {
    const { clock, timing } = this.#owner;
    const still = clock.tick - this.#moved;
    if (this.#state === "connecting") {
      if (still >= clock.ticks(timing.connectMs)) this.#late("no connection", timing.connectMs);
    } else if (this.#exchange === undefined) {
      if (still >= this.#idleTicks) this.destroy();
      else this.#letProcessEnd();
    } else if (this.#reader.inBody) {
      if (still >= clock.ticks(timing.silenceMs)) this.#late("silence", timing.silenceMs);
    } else if (still >= this.#patience) {
      this.#late("no answer", this.#exchange.request.timeoutMs ?? timing.answerMs);
    }
  }

  /** Closes it at once; an exchange that it carries must have been settled. */
  destroy(): void {
    this.#close(undefined);
  }

  /** Closes it at once, with this for the exchange that it carries. */
  fail(error: Error): void {
    const exchange = this.#exchange;
    this.#close(undefined);
    exchange?.fail(error);
  }

  #ready(): void {
    if (this.#state !== "connecting") return;
    this.#state = "open";
    if (this.#exchange === undefined) return;
    this.#exchange.connectMs = performance.now() - this.#openedAt;
    this.#send(this.#exchange);
  }

  #send(exchange: Exchange): void {
    const { clock, timing } = this.#owner;
    const { head, body, length, request } = exchange;
    this.#moved = clock.tick;
    this.#patience = clock.ticks(request.timeoutMs ?? timing.answerMs);
    this.#reader.begin(request);
    if (length === 0) {
      this.#socket.write(head, "latin1");
      return;
    }
    this.#socket.cork();
    this.#socket.write(head, "latin1");
    if (length <= SLICE) for (const bytes of body) this.#socket.write(bytes);
    else {
      this.#outgoing = new Outgoing(body);
      this.#sendMore();
    }
    this.#socket.uncork();
  }

  /** The next slice of a long body, once the one before is with the system: so that it shows whether bytes move. */
  readonly #sendMore = (): void => {
    if (this.#state !== "open" || this.#outgoing === undefined) return;
    this.#moved = this.#owner.clock.tick;
    const slice = this.#outgoing.next();
    if (slice === undefined) this.#outgoing = undefined;
    else this.#socket.write(slice, this.#sendMore);
  };

  #read(bytes: Buffer, length: number): void {
    if (this.#state === "closed") return;
    const exchange = this.#exchange;
    if (exchange === undefined) {
      // Nobody has asked for these.
      this.destroy();
      return;
    }
    try {
      if (this.#reader.feed(bytes, length)) this.#answered(exchange, length === bytes.length);
      else if (this.#reader.inBody) this.#moved = this.#owner.clock.tick;
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** `full`: there may be more to read that belongs to nobody. */
  #answered(exchange: Exchange, full: boolean): void {
    const { reusable, headers } = this.#reader;
    const response = this.#reader.response(exchange.connectMs);
    this.#exchange = undefined;
    this.#carried += 1;
    this.#moved = this.#owner.clock.tick;
    // A server that answers before it has read the whole request takes the rest of it for another one.
    const sent = this.#outgoing === undefined && this.#socket.writableLength === 0;
    if (reusable && sent) {
      if (this.#carried === 1) this.#noteKeepAlive(headers["keep-alive"]);
      this.#owner.free(this, full || this.#connector.place.secure);
    } else {
      this.#close(undefined);
    }
    exchange.succeed(response);
  }

  /** `timeout=5`: to be gone a second before the server is. */
  #noteKeepAlive(header: string | undefined): void {
    const seconds = /timeout=(\d{1,6})/.exec(header ?? "")?.[1];
    if (seconds === undefined) return;
    const { clock, timing } = this.#owner;
    const ms = Math.min(timing.idleMs, Math.max(0, Number(seconds) * 1000 - 1000));
    this.#idleTicks = Math.floor(ms / timing.sweepMs) || clock.ticks(0);
  }

  #ended(): void {
    const exchange = this.#exchange;
    if (exchange !== undefined && this.#reader.endOfInput()) this.#answered(exchange, false);
    else this.#broke(undefined);
  }

  #broke(cause: Error | undefined): void {
    if (this.#state === "closed") return;
    if (this.#state === "connecting") this.#connector.forgetSession();
    const exchange = this.#exchange;
    // The other side may have closed an idle connection just as we took it. A fresh one has no such excuse, so this happens once.
    if (exchange !== undefined && this.#carried > 0 && !this.#reader.touched) {
      exchange.connection = undefined;
      this.#close(exchange);
      return;
    }
    const error = exchange === undefined ? undefined : this.#failure(cause);
    this.#close(undefined);
    if (error !== undefined) exchange?.fail(error);
  }

  #failure(cause: Error | undefined): WireError {
    const { received, inBody } = this.#reader;
    const code = (cause as NodeJS.ErrnoException | undefined)?.code;
    if (code !== undefined) return new WireError(code, messageOf(cause), { cause, received });
    if (cause !== undefined) return new WireError("Closed", cause.message, { cause, received });
    if (inBody) return new WireError("Truncated", "the answer's body broke off", { received });
    return new WireError("Closed", "the connection was closed before the answer came");
  }

  #late(what: string, ms: number): void {
    const { received } = this.#reader;
    this.fail(new WireError("TimedOut", `${what} for ${ms / 1000} s`, { received }));
  }

  #letProcessEnd(): void {
    if (!this.#holdsProcess) return;
    this.#socket.unref();
    this.#holdsProcess = false;
  }

  #close(repeat: Exchange | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#exchange = undefined;
    this.#outgoing = undefined;
    this.#socket.destroy();
    this.#owner.closed(this, repeat);
  }
}

/** Where every address of a name was tried, the error holds one per address and no words of its own. */
function messageOf(cause: Error | undefined): string {
  if (cause instanceof AggregateError) {
    return cause.errors.map((error) => (error as Error).message).join("; ");
  }
  return cause?.message ?? "";
}
