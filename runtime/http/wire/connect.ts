import { isIP, connect as connectTcp, type OnReadOpts, type Socket } from "node:net";
import {
  connect as connectTls,
  type ConnectionOptions,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import type { Proxy } from "../proxies.ts";
import { sharedLookup } from "./lookup.ts";
import { Tunnel } from "./tunnel.ts";

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
  readonly #proxy: Proxy | undefined;
  #session: Buffer | undefined;

  constructor(place: Place, context: SecureContext | undefined, proxy?: Proxy) {
    this.place = place;
    this.#context = context;
    this.#proxy = proxy;
  }

  /** `ready` is called once the socket takes requests. */
  open(onread: OnReadOpts, ready: () => void): Socket {
    const { secure } = this.place;
    const proxy = this.#proxy;
    // Without TLS the proxy itself is asked, for the whole address.
    if (!secure) return connectTcp({ ...options(proxy ?? this.place), onread }, ready);
    if (proxy === undefined) return this.#secure({ ...options(this.place), onread }, ready);
    const tunnel = new Tunnel(proxy, this.place, options(proxy));
    const socket = this.#secure({ socket: tunnel }, ready);
    socket.on("data", (chunk: Buffer) => hand(chunk, onread));
    socket.ref = () => (tunnel.ref(), socket);
    socket.unref = () => (tunnel.unref(), socket);
    return socket;
  }

  #secure(way: Way, ready: () => void): TLSSocket {
    const { host } = this.place;
    const socket = connectTls(
      {
        ...way,
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

type Way = ConnectionOptions & { readonly onread?: OnReadOpts };

const lookup = sharedLookup();

function options({ host, port }: { readonly host: string; readonly port: number }) {
  return { host, port, noDelay: true, lookup };
}

/** As the system does where nothing lies between: into the memory that the reader names. */
function hand(chunk: Buffer, reading: OnReadOpts): void {
  const { buffer } = reading;
  for (let at = 0; at < chunk.length;) {
    const into = (typeof buffer === "function" ? buffer() : buffer) as Buffer;
    const length = chunk.copy(into, 0, at);
    reading.callback(length, into);
    at += length;
  }
}
