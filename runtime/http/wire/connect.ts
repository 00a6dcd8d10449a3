import { isIP, connect as connectTcp, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";
import { sharedLookup } from "./lookup.ts";

/** Where an origin's connections go. */
export interface Place {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
}

/** Throws a TypeError for what is no http or https origin. */
export function placeOf(origin: string): Place {
  const url = new URL(origin);
  const secure = url.protocol === "https:";
  if (!secure && url.protocol !== "http:") throw new TypeError(`no http origin: ${url.protocol}`);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { secure, host, port: url.port === "" ? (secure ? 443 : 80) : Number(url.port) };
}

/** Opens connections to one place; TLS sessions of earlier ones are continued. */
export class Connector {
  readonly place: Place;
  readonly #context: SecureContext | undefined;
  #session: Buffer | undefined;

  constructor(place: Place, context: SecureContext | undefined) {
    this.place = place;
    this.#context = context;
  }

  /** `ready` is called once the socket takes requests. */
  open(onread: OnReadOpts, ready: () => void): Socket {
    const { secure, host, port } = this.place;
    const options = { host, port, noDelay: true, lookup, onread };
    if (!secure) return connectTcp(options, ready);
    const socket = connectTls(
      {
        ...options,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(this.#context === undefined ? {} : { secureContext: this.#context }),
        ...(this.#session === undefined ? {} : { session: this.#session }),
      },
      ready,
    );
    socket.on("session", (session) => (this.#session = session));
    return socket;
  }

  /** After a handshake that failed, the session may be why. */
  forgetSession(): void {
    this.#session = undefined;
  }
}

const lookup = sharedLookup();
