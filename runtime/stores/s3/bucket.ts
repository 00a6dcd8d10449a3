import type { AwsCall, AwsClient } from "../../aws/client.ts";
import { awsFailure } from "../../aws/errors.ts";
import { CloudError } from "../../errors.ts";
import { attempts } from "../../http/attempts.ts";
import type { Asked } from "../../http/failure.ts";
import type { HttpResponse } from "../../http/send.ts";
import { addressOf, encodeKey, type S3Address, type S3Place } from "./place.ts";
import { textOf } from "./xml.ts";

export interface BucketCall {
  /** As a permission names it: `s3:GetObject`. */
  readonly action: string;
  readonly method: AwsCall["method"];
  /** Absent: the bucket itself. */
  readonly key?: string | undefined;
  readonly query?: readonly (readonly [string, string])[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: Buffer | undefined;
  /** The body's own checksum stands in for a SHA-256 of it, which costs as much time as all the rest of sending it. */
  readonly unsignedBody?: boolean;
  readonly into?: Buffer | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
}

/** Requests to one bucket. A bucket that lies in another region than was said is followed there, as the SDKs do. */
export class S3Bucket {
  readonly name: string;
  readonly client: AwsClient;
  readonly #place: S3Place;
  #region: string;
  #address: S3Address;

  constructor(client: AwsClient, place: S3Place) {
    this.client = client;
    this.name = place.bucket;
    this.#place = place;
    this.#region = place.region;
    this.#address = addressOf(place, client.env);
  }

  get region(): string {
    return this.#region;
  }

  /** The server's origin, without the bucket. */
  get server(): string {
    return this.#address.server;
  }

  get origin(): string {
    return this.#address.origin;
  }

  pathOf(key: string | undefined): string {
    if (key !== undefined) return `${this.#address.base}/${encodeKey(key)}`;
    return this.#address.base === "" ? "/" : this.#address.base;
  }

  asked(action: string, key: string | undefined): Asked {
    const subject = key === undefined ? `s3://${this.name}` : `s3://${this.name}/${key}`;
    return { service: "s3", action, subject };
  }

  /** What every request and every presigned URL carries. */
  get payer(): Readonly<Record<string, string>> {
    return this.#place.requesterPays === true ? REQUESTER : NOBODY;
  }

  /** One request, not repeated but for a bucket that turns out to lie elsewhere. */
  once(call: BucketCall): Promise<HttpResponse> {
    const asked = this.asked(call.action, call.key);
    return this.#send(call, asked, (response) => this.#elsewhere(call, asked, response));
  }

  /** Asks the region that a refusal names. */
  #elsewhere(call: BucketCall, asked: Asked, response: HttpResponse): Promise<HttpResponse> {
    const region = ELSEWHERE.includes(response.status) ? regionSaid(response) : undefined;
    if (region === undefined || region === this.#region) {
      throw awsFailure(asked, response, response.text());
    }
    this.#region = region;
    this.#address = addressOf({ ...this.#place, region }, this.client.env);
    return this.#send(call, asked, undefined);
  }

  /** One request and, where the table of errors says so, the same again. */
  request(call: BucketCall, limit?: number): Promise<HttpResponse> {
    return this.attempts(() => this.once(call), call.signal, limit);
  }

  attempts<T>(what: () => Promise<T>, signal: AbortSignal, limit?: number): Promise<T> {
    return attempts(what, {
      signal,
      reSign: (error) => this.client.reSign(error),
      ...(limit === undefined ? {} : { limit }),
    });
  }

  /** An answer of 200 that is an error: S3 begins to answer some requests before it has done them. */
  checkBody(action: string, key: string, response: HttpResponse): string {
    const text = response.text();
    if (!/<Error[\s>]/.test(text.slice(0, 4096))) return text;
    const { facts } = awsFailure(this.asked(action, key), response, text);
    const status = facts.code === "PreconditionFailed" ? 412 : 500;
    throw new CloudError({ ...facts, status });
  }

  /** A URL that is good for one request soon; it never outlives the credentials that signed it. */
  presigned(
    action: string,
    key: string,
    query: readonly (readonly [string, string])[],
  ): string | Promise<string> {
    return this.client.presign({
      service: "s3",
      region: this.#region,
      asked: this.asked(action, key),
      method: "GET",
      origin: this.#address.origin,
      path: this.pathOf(key),
      query: this.payer === NOBODY ? query : [...query, ...Object.entries(this.payer)],
    });
  }

  #send(call: BucketCall, asked: Asked, otherwise: AwsCall["otherwise"]): Promise<HttpResponse> {
    const { payer } = this;
    return this.client.once({
      service: "s3",
      region: this.#region,
      asked,
      method: call.method,
      origin: this.#address.origin,
      path: this.pathOf(call.key),
      otherwise,
      signal: call.signal,
      headers: payer === NOBODY ? (call.headers ?? NOBODY) : { ...call.headers, ...payer },
      query: call.query,
      body: call.body,
      payloadHash: call.unsignedBody === true ? "UNSIGNED-PAYLOAD" : undefined,
      into: call.into,
      timeoutMs: call.timeoutMs,
    });
  }
}

const NOBODY: Readonly<Record<string, string>> = {};
const REQUESTER: Readonly<Record<string, string>> = { "x-amz-request-payer": "requester" };
/** These may say where the bucket is. */
const ELSEWHERE = [301, 400];

/** The region that a refusal names: a redirect in a header, a wrong scope of the signature in the body too (MinIO, older servers). */
function regionSaid(response: HttpResponse): string | undefined {
  const header = response.headers["x-amz-bucket-region"];
  if (header !== undefined) return header;
  const text = response.text();
  const code = textOf(text, "Code");
  if (code !== "AuthorizationHeaderMalformed" && code !== "PermanentRedirect") return undefined;
  return textOf(text, "Region");
}
