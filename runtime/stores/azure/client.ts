import { attempts } from "../../http/attempts.ts";
import { networkFailure, type Asked } from "../../http/failure.ts";
import type { HttpRequest, HttpResponse, Send } from "../../http/send.ts";
import type { Reference } from "../contract.ts";
import { isLoopback } from "./addressable.ts";
import { isUnreached, MOST_URL_BYTES, sourceFailure, urlTooLong } from "./copy-source.ts";
import { azureFailure } from "./errors.ts";
import { encodeBlobName } from "./name.ts";
import type { Sas, SasSource } from "./sas.ts";

/** CRC-64, sources by URL with conditions, tiers (Cold too), tags, 4,000 MiB blocks: served by every region and by Azurite. */
const VERSION = "2023-11-03";

export interface BlobCall {
  /** As a permission would name it: `blob:PutBlock`. */
  readonly action: string;
  readonly method: HttpRequest["method"];
  /** Absent: the container itself. */
  readonly name?: string | undefined;
  readonly query?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Buffer | undefined;
  /** What Azure reads by itself: every attempt with a URL of its own. */
  readonly source?: Reference | undefined;
  /** Statuses that are an answer rather than a failure: the response is handed back. */
  readonly accept?: readonly number[] | undefined;
  /** Default: the version that all requests have. */
  readonly version?: string | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
  /** Where the answer's body goes; one that is longer is `tooLong`. */
  readonly into?: Buffer | undefined;
}

/** Requests to one container under its SAS. */
export class BlobClient {
  readonly #send: Send;
  readonly #sas: SasSource;
  readonly #origin: string;
  readonly #base: string;
  readonly #label: string;
  /** The endpoint is on this machine: so may be what it reads. */
  readonly loopback: boolean;

  /** @param where `endpoint` is `https://account.blob.core.windows.net`, or `http://127.0.0.1:10000/account` for an emulator */
  constructor(
    send: Send,
    sas: SasSource,
    where: { readonly endpoint: string; readonly account: string; readonly container: string },
  ) {
    const endpoint = new URL(where.endpoint);
    this.#send = send;
    this.#sas = sas;
    this.#origin = endpoint.origin;
    this.#base = `${endpoint.pathname.replace(/\/$/, "")}/${where.container}`;
    this.#label = `azure://${where.account}/${where.container}`;
    this.loopback = isLoopback(endpoint.hostname);
  }

  /** The SAS that requests have now. */
  sas(signal: AbortSignal): Sas | Promise<Sas> {
    return this.#sas.get(signal);
  }

  /** Sends it, again where the table of errors says so, with the SAS read anew where it was refused. `onAttempt` is told of each time that it is sent. */
  request(call: BlobCall, onAttempt?: () => void): Promise<HttpResponse> {
    const path =
      call.name === undefined ? this.#base : `${this.#base}/${encodeBlobName(call.name)}`;
    const target = call.query === undefined ? `${path}?` : `${path}?${call.query}&`;
    let used: Sas | undefined;
    const under = (sas: Sas): Promise<HttpResponse> => {
      used = sas;
      return this.#once(call, target + sas.token, sas);
    };
    return attempts(
      () => {
        onAttempt?.();
        const sas = this.#sas.get(call.signal);
        return sas instanceof Promise ? sas.then(under) : under(sas);
      },
      {
        signal: call.signal,
        // A source that Azure did not reach in time may be reached the next time; one that is out of its reach costs this second request.
        onceMore: isUnreached,
        reSign: async () => used !== undefined && this.#sas.refresh(used, call.signal),
      },
    );
  }

  #once(call: BlobCall, path: string, sas: Sas): Promise<HttpResponse> {
    const url = call.source?.url(call.signal);
    return url instanceof Promise
      ? url.then((signed) => this.#sendOnce(call, path, sas, signed))
      : this.#sendOnce(call, path, sas, url);
  }

  #sendOnce(
    call: BlobCall,
    path: string,
    sas: Sas,
    url: string | undefined,
  ): Promise<HttpResponse> {
    const { method, body, signal, timeoutMs, into } = call;
    const headers: Record<string, string> = { ...call.headers };
    headers["x-ms-version"] = call.version ?? VERSION;
    if (method === "PUT") headers["content-length"] = String(body?.length ?? 0);
    if (url !== undefined) {
      // A URL is ASCII.
      if (url.length > MOST_URL_BYTES) {
        return Promise.reject(urlTooLong(this.asked(call)));
      }
      headers["x-ms-copy-source"] = url;
    }
    const origin = this.#origin;
    return this.#send({ method, origin, path, headers, signal, body, timeoutMs, into }).then(
      (response) => this.#judged(call, response, sas),
      (error: unknown) => {
        throw networkFailure(error, this.asked(call), signal);
      },
    );
  }

  #judged(call: BlobCall, response: HttpResponse, sas: Sas): HttpResponse {
    const { status } = response;
    if (status < 300) return response;
    // A container that is gone must never look like a blob that is not there.
    const gone = response.headers["x-ms-error-code"] === "ContainerNotFound";
    if (!gone && call.accept?.includes(status) === true) return response;
    const failure = azureFailure(this.asked(call), response, this.#sas.expired(sas));
    throw call.source === undefined ? failure : sourceFailure(failure, response);
  }

  /** What a call asks, for the message of whatever goes wrong with it. */
  asked(call: Pick<BlobCall, "action" | "name">): Asked {
    const subject = call.name === undefined ? this.#label : `${this.#label}/${call.name}`;
    return { service: "azure", action: call.action, subject };
  }
}
