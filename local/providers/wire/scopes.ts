import { status } from "@grpc/grpc-js";
import { ProviderError } from "./errors.ts";

const remembered = 1000;

/**
 * The configuration of each connected provider. Several engines share one server, and each engine opens a
 * connection of its own for every provider instance that it configures: so the connection says which one asks.
 */
export class Scopes<S> {
  readonly #byPeer = new Map<string, S>();

  set(peer: string, scope: S): void {
    this.#byPeer.delete(peer);
    this.#byPeer.set(peer, scope);
    const [oldest] = this.#byPeer.keys();
    if (this.#byPeer.size > remembered && oldest !== undefined) this.#byPeer.delete(oldest);
  }

  get(peer: string): S {
    const scope = this.#byPeer.get(peer);
    if (scope !== undefined) return scope;
    throw new ProviderError("This provider has not been configured on this connection.", {
      code: status.FAILED_PRECONDITION,
    });
  }
}
