import { createHash, hash } from "node:crypto";
import { retryClass } from "../decide/retry.ts";
import type { CloudError } from "../errors.ts";
import { attempts } from "../http/attempts.ts";
import { networkFailure, type Asked } from "../http/failure.ts";
import type { HttpRequest, HttpResponse, Send } from "../http/send.ts";
import type { CredentialSource } from "./credentials.ts";
import { endpointOf, type AwsService } from "./endpoint.ts";
import { awsFailure } from "./errors.ts";
import { queryString, type Query } from "./query.ts";
import { EMPTY_SHA256, hostOf, presigned, signed, type Credentials } from "./sign.ts";

export interface AwsCall {
  readonly service: AwsService;
  readonly region: string;
  readonly asked: Asked;
  readonly method: HttpRequest["method"];
  readonly origin: string;
  readonly path: string;
  readonly query?: Query | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Buffer | readonly Buffer[] | undefined;
  /** SHA-256 of the body in hex, or UNSIGNED-PAYLOAD; computed where it is not given. */
  readonly payloadHash?: string | undefined;
  /** Statuses of 300 and more that are an answer rather than a failure. */
  readonly accept?: readonly number[] | undefined;
  /** What to make of other ones, where they are no failure at once. */
  readonly otherwise?:
    ((response: HttpResponse) => HttpResponse | Promise<HttpResponse>) | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
  readonly into?: Buffer | undefined;
  readonly limit?: number | undefined;
}

/** What a URL allows whoever has it. */
export interface PresignCall {
  readonly asked: Asked;
  readonly service: "s3";
  readonly region: string;
  readonly method: HttpRequest["method"];
  readonly origin: string;
  readonly path: string;
  readonly query?: Query;
  /** How long it is good for, at most (default a quarter of an hour). It never outlives the credentials. */
  readonly expiresSeconds?: number;
}

const PRESIGNED_SECONDS = 15 * 60;
const NO_QUERY: Query = [];
const NO_HEADERS: Readonly<Record<string, string>> = {};

/**
 * Signed requests to AWS over pooled connections. A client of our own rather than the SDK's: it starts in a millisecond, hands chunks
 * on as the socket gives them, and every failure is a CloudError of the one table of errors.
 */
export class AwsClient {
  readonly #send: Send;
  readonly #credentials: CredentialSource;
  readonly #env: NodeJS.ProcessEnv;
  /** What must be added to our clock to get the cloud's. */
  #skewMs = 0;

  constructor(send: Send, credentials: CredentialSource, env: NodeJS.ProcessEnv) {
    this.#send = send;
    this.#credentials = credentials;
    this.#env = env;
  }

  get env(): NodeJS.ProcessEnv {
    return this.#env;
  }

  /** One request, not repeated; a status of 300 or more is thrown, but what is in `accept`, or `otherwise` makes an answer of. */
  once(call: AwsCall): Promise<HttpResponse> {
    const held = this.#credentials.get(call.asked);
    return held instanceof Promise
      ? held.then((credentials) => this.#signedOnce(call, credentials))
      : this.#signedOnce(call, held);
  }

  #signedOnce(call: AwsCall, credentials: Credentials): Promise<HttpResponse> {
    const query = call.query ?? NO_QUERY;
    const headers = signed(
      {
        method: call.method,
        host: hostOf(call.origin),
        path: call.path,
        query,
        headers: call.headers ?? NO_HEADERS,
        payloadHash: call.payloadHash ?? payloadHash(call.body),
        service: call.service,
        region: call.region,
        now: this.#now(),
      },
      credentials,
    );
    // All fields always: requests of one shape are quick to make and to read.
    return this.#send({
      method: call.method,
      origin: call.origin,
      path: query.length === 0 ? call.path : `${call.path}?${queryString(query)}`,
      headers,
      signal: call.signal,
      body: call.body,
      timeoutMs: call.timeoutMs,
      into: call.into,
      limit: call.limit,
    }).then(
      (response) => {
        if (response.status < 300) return response;
        if (call.accept?.includes(response.status) === true) return response;
        if (call.otherwise !== undefined) return call.otherwise(response);
        throw awsFailure(call.asked, response, response.text());
      },
      (error: unknown) => {
        throw networkFailure(error, call.asked, call.signal);
      },
    );
  }

  /** A URL that carries its own signature. */
  presign(call: PresignCall): string | Promise<string> {
    const held = this.#credentials.get(call.asked);
    return held instanceof Promise
      ? held.then((credentials) => this.#presigned(call, credentials))
      : this.#presigned(call, held);
  }

  #presigned(call: PresignCall, credentials: Credentials): string {
    const { method, origin, path, region, query = NO_QUERY } = call;
    const { expiresSeconds = PRESIGNED_SECONDS } = call;
    const now = this.#now();
    return presigned({ method, origin, path, query, expiresSeconds, credentials, region, now });
  }

  /** One request and, where the table of errors says so, the same again. */
  request(call: AwsCall, limit?: number): Promise<HttpResponse> {
    return attempts(() => this.once(call), {
      signal: call.signal,
      reSign: (error) => this.reSign(error),
      ...(limit === undefined ? {} : { limit }),
    });
  }

  /** A request in the JSON protocol of SQS and SSM. `target` is `AmazonSQS.ReceiveMessage` or the like. */
  async json<T>(
    call: Omit<AwsCall, "method" | "origin" | "path" | "body" | "headers"> & {
      readonly target: string;
      readonly version: "1.0" | "1.1";
      readonly input: unknown;
    },
    limit?: number,
  ): Promise<T> {
    const endpoint = endpointOf(call.service, call.region, this.#env);
    const { target, version, input, ...rest } = call;
    const response = await this.request(
      {
        ...rest,
        method: "POST",
        origin: endpoint.origin,
        path: endpoint.pathname,
        headers: { "content-type": `application/x-amz-json-${version}`, "x-amz-target": target },
        body: Buffer.from(JSON.stringify(input)),
      },
      limit,
    );
    const text = response.text();
    return (text === "" ? {} : JSON.parse(text)) as T;
  }

  /** Sets the clock right or fetches fresh credentials, by what was refused. */
  async reSign(error: CloudError): Promise<boolean> {
    if (retryClass(error.facts) !== "re-sign") return false;
    const { serverTime, code } = error.facts;
    if (code === "RequestTimeTooSkewed" && serverTime !== undefined) {
      this.#skewMs = serverTime.getTime() - Date.now();
      return true;
    }
    return this.#credentials.refresh();
  }

  /** By the cloud's clock. */
  #now(): Date {
    return new Date(Date.now() + this.#skewMs);
  }
}

function payloadHash(body: AwsCall["body"]): string {
  if (body === undefined) return EMPTY_SHA256;
  if (Buffer.isBuffer(body)) return hash("sha256", body);
  const whole = createHash("sha256");
  for (const bytes of body) whole.update(bytes);
  return whole.digest("hex");
}
