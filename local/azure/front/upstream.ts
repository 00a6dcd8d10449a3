import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Header names and values in turn, with their own case: metadata keeps the case it was sent with. */
export type RawHeaders = readonly string[];

/** What belongs to one connection only, and what the front alone may say. */
const notForwarded =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|x-forwarded-.*|forwarded)$/i;

/** The front's connections to Azurite. */
export class Upstream {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /**
   * Sends a request and resolves with the answer's head; its body must be read or destroyed.
   * Bodies stream in both directions. Rejects when the body fails, or when Azurite does not answer.
   */
  async send(options: {
    readonly method: string;
    readonly target: string;
    readonly headers: RawHeaders;
    readonly secure: boolean;
    /** The streams that the body passes through, the source first; none for an empty body. */
    readonly body: readonly Readable[];
  }): Promise<IncomingMessage> {
    const outgoing = request({
      host: "127.0.0.1",
      port: this.#port,
      agent: this.#agent,
      method: options.method,
      path: options.target,
      headers: [...options.headers, "X-Forwarded-Proto", options.secure ? "https" : "http"],
    });
    const answer = answered(outgoing);
    const [source, ...through] = options.body;
    if (source === undefined) {
      outgoing.end();
      return answer;
    }
    // An answer may come before the whole body was sent, and a body may fail before any answer.
    const sent = pipeline([source, ...through, outgoing] as unknown as [Readable, Writable]);
    return Promise.race([answer, sent.then(() => answer)]);
  }

  close(): void {
    this.#agent.destroy();
  }
}

function answered(outgoing: ClientRequest): Promise<IncomingMessage> {
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", (response) => {
      // Who reads the body hears of its end by reading; nobody reads one that came when the request had failed.
      response.on("error", () => undefined);
      resolve(response);
    });
    // Not once: a connection that fails after its answer fails without consequence.
    outgoing.on("error", reject);
  });
  // Whoever waits for the body's failure may not wait for this one.
  answer.catch(() => undefined);
  return answer;
}

/** Headers that go on to the other side, without those that any of the patterns names. */
export function forwardable(raw: RawHeaders, ...without: readonly RegExp[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (notForwarded.test(name) || without.some((pattern) => pattern.test(name))) continue;
    kept.push(name, raw[index + 1] ?? "");
  }
  return kept;
}

/** As Node's own lower-cased object, for signing. */
export function asObject(raw: RawHeaders): Record<string, string> {
  const object: Record<string, string> = {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    const value = raw[index + 1] ?? "";
    object[name] = object[name] === undefined ? value : `${object[name]}, ${value}`;
  }
  return object;
}
