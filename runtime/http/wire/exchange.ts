import { Interrupted } from "../../errors.ts";
import type { HttpRequest, HttpResponse } from "../send.ts";
import type { Abortable, Aborts, Group } from "./aborts.ts";
import { encodeHead, type Via } from "./encode.ts";
import type { Connection } from "./connection.ts";

/** A request on its way to one answer or one failure: it settles exactly once. */
export class Exchange implements Abortable {
  readonly request: HttpRequest;
  readonly head: string;
  readonly body: readonly Buffer[];
  /** Bytes of the body. */
  readonly length: number;
  readonly #aborts: Aborts;
  readonly #group: Group;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: Error) => void;
  /** What carries it now; undefined while it waits for a connection. */
  connection: Connection | undefined;
  settled = false;
  /** How long opening a connection for it took, in milliseconds. */
  connectMs = 0;

  /** Throws `Unsendable` for what cannot be sent. */
  constructor(
    request: HttpRequest,
    host: string,
    aborts: Aborts,
    resolve: (response: HttpResponse) => void,
    reject: (error: Error) => void,
    via?: Via,
  ) {
    const { body } = request;
    this.request = request;
    this.body = body === undefined ? NOTHING : Buffer.isBuffer(body) ? [body] : body;
    let length = 0;
    for (const bytes of this.body) length += bytes.length;
    this.length = length;
    this.head = encodeHead(request, host, length, via);
    this.#aborts = aborts;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#group = aborts.join(request.signal, this);
  }

  succeed(response: HttpResponse): void {
    if (this.settled) return;
    this.#settle();
    this.#resolve(response);
  }

  fail(error: Error): void {
    if (this.settled) return;
    this.#settle();
    this.#reject(error);
  }

  abort(): void {
    const { connection } = this;
    this.fail(new Interrupted());
    connection?.destroy();
  }

  #settle(): void {
    this.settled = true;
    this.connection = undefined;
    this.#aborts.leave(this.#group, this);
  }
}

const NOTHING: readonly Buffer[] = [];
