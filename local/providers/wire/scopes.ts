import { status } from "@grpc/grpc-js";
import { ProviderError } from "./errors.ts";

const remembered = 1000;

/**
 * The configuration of each connected provider. Several engines share one server, and each engine opens a
 * connection of its own for every provider instance that it configures: so the connection says which one asks.
 */
export class Scopes<S> {
  readonly #byPeer = new Map<string, { scope: S; controller: AbortController }>();

  /** `make` gets the signal by which the engine calls off what waits. */
  set(peer: string, make: (cancelled: AbortSignal) => S): void {
    const controller = new AbortController();
    const scope = make(controller.signal);
    this.#byPeer.delete(peer);
    this.#byPeer.set(peer, { scope, controller });
    const [oldest] = this.#byPeer.keys();
    if (this.#byPeer.size > remembered && oldest !== undefined) this.#byPeer.delete(oldest);
  }

  /** The engine also says so at the end of an operation that went well; then nothing waits any more. */
  cancel(peer: string): void {
    this.#byPeer.get(peer)?.controller.abort();
  }

  get(peer: string): S {
    const known = this.#byPeer.get(peer);
    if (known !== undefined) return known.scope;
    throw new ProviderError("This provider has not been configured on this connection.", {
      code: status.FAILED_PRECONDITION,
    });
  }
}
