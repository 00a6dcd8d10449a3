import { uriEncode } from "../../aws/sign.ts";
import { CloudError } from "../../errors.ts";
import { attempts } from "../../http/attempts.ts";
import { networkFailure } from "../../http/failure.ts";
import type { HttpRequest, HttpResponse, Send } from "../../http/send.ts";
import { azureFailure } from "./errors.ts";
import type { Sas, SasParameter } from "./sas.ts";

/** CRC-64 on Put Block and Put Blob, 4,000 MiB blocks, and metadata rules as documented; served by every region and by Azurite. */
const VERSION = "2023-11-03";

export interface BlobCall {
  /** As a permission would name it: `blob:PutBlock`. */
  readonly action: string;
  readonly method: HttpRequest["method"];
  readonly name: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | readonly Buffer[];
  /** Bytes of the body. */
  readonly length?: number;
  /** Codes that are an answer rather than a failure: the response is handed back. */
  readonly accept?: readonly number[];
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** Requests to the blobs of one container under its SAS, over pooled connections. */
export class BlobClient {
  readonly #send: Send;
  readonly #sas: SasParameter;
  readonly #origin: string;
  readonly #base: string;
  readonly #subject: string;

  constructor(
    send: Send,
    sas: SasParameter,
    where: { readonly endpoint: string; readonly account: string; readonly container: string },
  ) {
    const endpoint = new URL(where.endpoint);
    this.#send = send;
    this.#sas = sas;
    this.#origin = endpoint.origin;
    this.#base = `${endpoint.pathname.replace(/\/$/, "")}/${where.container}`;
    this.#subject = `azure://${where.account}/${where.container}`;
  }

  /** Sends it, again where the table of errors says so, with the SAS read anew where it was refused. The body of the answer is read. */
  async request(call: BlobCall): Promise<{ response: HttpResponse; text: string }> {
    let used: Sas | undefined;
    return attempts(
      async () => {
        used = await this.#sas.get(call.signal);
        return this.#once(call, used);
      },
      {
        signal: call.signal,
        reSign: async () => used !== undefined && this.#sas.refresh(used, call.signal),
      },
    );
  }

  async #once(call: BlobCall, sas: Sas): Promise<{ response: HttpResponse; text: string }> {
    const asked = {
      service: "azure" as const,
      action: call.action,
      subject: `${this.#subject}/${call.name}`,
    };
    const query = call.query === undefined ? sas.token : `${call.query}&${sas.token}`;
    const path = `${this.#base}/${call.name.split("/").map(uriEncode).join("/")}?${query}`;
    const length = call.length ?? (call.method === "PUT" ? 0 : undefined);
    try {
      const response = await this.#send({
        method: call.method,
        origin: this.#origin,
        path,
        headers: {
          "x-ms-version": VERSION,
          ...call.headers,
          ...(length === undefined ? {} : { "content-length": String(length) }),
        },
        signal: call.signal,
        ...(call.body === undefined ? {} : { body: call.body }),
        ...(call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs }),
      });
      const text = response.text();
      if (response.status < 300 || call.accept?.includes(response.status) === true) {
        return { response, text };
      }
      throw azureFailure(asked, response, text, this.#sas.expired(sas));
    } catch (error) {
      if (error instanceof CloudError) throw error;
      throw networkFailure(error, asked, call.signal);
    }
  }
}
