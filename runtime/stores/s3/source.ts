import type { AwsClient } from "../../aws/client.ts";
import { CloudError } from "../../errors.ts";
import type { HttpResponse } from "../../http/send.ts";
import type {
  KeyRange,
  ListedObject,
  Pin,
  Range,
  Reference,
  Restore,
  Source,
  SourceSide,
} from "../contract.ts";
import { S3Bucket, type BucketCall } from "./bucket.ts";
import { CustomerKey } from "./customer-key.ts";
import { headOrWhy, isAbsent } from "./head.ts";
import { listPages } from "./list.ts";
import { describeObject, etagOf } from "./object.ts";
import type { S3Place } from "./place.ts";
import { restoreObject } from "./restore.ts";
import { insides, textOf } from "./xml.ts";

export interface S3SourcePlace extends S3Place {
  /** Base64 of the key under which objects are encrypted that are under a customer's key (SSE-C). */
  readonly customerKey?: string | undefined;
}

/** A bucket of S3, or of a server that speaks S3, as a source: pinned reads of its current versions. */
export class S3Source implements Source {
  readonly label: string;
  readonly #bucket: S3Bucket;
  readonly #customerKey: CustomerKey | undefined;

  constructor(client: AwsClient, place: S3SourcePlace) {
    this.label = `s3://${place.bucket}`;
    this.#bucket = new S3Bucket(client, place);
    this.#customerKey =
      place.customerKey === undefined ? undefined : new CustomerKey(place.customerKey);
  }

  list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly ListedObject[]> {
    return listPages(this.#bucket, range, signal);
  }

  look(key: string, signal: AbortSignal): Promise<SourceSide> {
    const tell = (headers: HttpResponse["headers"] | undefined): SourceSide =>
      headers === undefined ? ABSENT : { state: "present", object: describeObject(key, headers) };
    return this.#bucket.attempts(
      () => this.#withKey((headers) => headOrWhy(this.#bucket, key, headers, signal, tell)),
      signal,
    );
  }

  fetch(
    key: string,
    etag: string | undefined,
    into: Buffer,
    signal: AbortSignal,
  ): Promise<SourceSide> {
    return this.#bucket.attempts(() => this.#fetch(key, etag, into, signal), signal);
  }

  async read(
    key: string,
    pin: Pin,
    range: Range,
    into: Buffer,
    signal: AbortSignal,
  ): Promise<void> {
    const wanted = range.end - range.start;
    if (wanted === 0) return;
    const response = await this.#get({
      action: pin.version === undefined ? "s3:GetObject" : "s3:GetObjectVersion",
      method: "GET",
      key,
      query: versionQuery(pin),
      headers: { range: `bytes=${range.start}-${range.end - 1}`, "if-match": `"${pin.etag}"` },
      // Not a byte more: a server that ignores the range is found out before it has sent the whole.
      into: into.subarray(0, wanted),
      signal,
      timeoutMs: GET_MS,
    });
    const wrong = wrongRange(response, pin, range);
    if (wrong === undefined) return;
    const asked = this.#bucket.asked("s3:GetObject", key);
    throw new CloudError({ ...asked, ...wrong, status: response.status });
  }

  reference(key: string, pin: Pin): Reference | undefined {
    // A URL cannot carry a customer's key.
    if (this.#customerKey !== undefined) return undefined;
    const { server: origin, name: bucket, region } = this.#bucket;
    return {
      key,
      pin,
      url: () => this.#bucket.presigned("s3:GetObject", key, versionQuery(pin)),
      s3: { origin, bucket, region },
    };
  }

  async tags(key: string, pin: Pin, signal: AbortSignal): Promise<Record<string, string>> {
    const response = await this.#bucket.request({
      action: pin.version === undefined ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging",
      method: "GET",
      key,
      query: [["tagging", ""], ...versionQuery(pin)],
      signal,
      timeoutMs: 20_000,
    });
    const tags: Record<string, string> = {};
    for (const tag of insides(response.text(), "Tag")) {
      tags[textOf(tag, "Key") ?? ""] = textOf(tag, "Value") ?? "";
    }
    return tags;
  }

  restore(key: string, pin: Pin, how: Restore, signal: AbortSignal): Promise<void> {
    return restoreObject(this.#bucket, key, versionQuery(pin), how, signal);
  }

  async #fetch(
    key: string,
    etag: string | undefined,
    into: Buffer,
    signal: AbortSignal,
  ): Promise<SourceSide> {
    let response: HttpResponse;
    try {
      response = await this.#get({
        action: "s3:GetObject",
        method: "GET",
        key,
        headers: etag === undefined ? SUMS : { ...SUMS, "if-match": `"${etag}"` },
        into,
        signal,
        timeoutMs: GET_MS,
      });
    } catch (error) {
      if (isAbsent(error)) return ABSENT;
      throw error;
    }
    const wrong = notWhole(response, etag, into);
    if (wrong !== undefined) {
      const asked = this.#bucket.asked("s3:GetObject", key);
      throw new CloudError({ ...asked, ...wrong, status: response.status });
    }
    const { headers, body } = response;
    return { state: "present", object: describeObject(key, headers, body.length) };
  }

  #get(call: BucketCall): Promise<HttpResponse> {
    if (this.#customerKey === undefined) return this.#bucket.once(call);
    return this.#withKey((key) =>
      this.#bucket.once({ ...call, headers: { ...call.headers, ...key } }),
    );
  }

  #withKey<T>(what: (headers: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
    return this.#customerKey === undefined ? what({}) : this.#customerKey.ask(what);
  }
}

const ABSENT: SourceSide = { state: "absent" };
const SUMS = { "x-amz-checksum-mode": "ENABLED" };
const GET_MS = 30_000;

/** Why an answer is not the whole object that was asked for. */
function notWhole(
  { headers, tooLong }: HttpResponse,
  etag: string | undefined,
  into: Buffer,
): { readonly code: string; readonly said: string } | undefined {
  if (etag !== undefined && etagOf(headers) !== etag) {
    return { code: "PreconditionFailed", said: otherEtag(etagOf(headers), etag) };
  }
  if (tooLong !== true) return undefined;
  const said = `the object has more than the ${into.length} bytes that there is room for`;
  return { code: "TooLong", said };
}

function versionQuery(pin: Pin): readonly (readonly [string, string])[] {
  return pin.version === undefined ? [] : [["versionId", pin.version]];
}

/** Why an answer is not the pinned bytes that were asked for. Some servers ignore If-Match or Range. */
function wrongRange(
  response: HttpResponse,
  pin: Pin,
  range: Range,
): { code: string; said: string; received?: number } | undefined {
  const { headers, status } = response;
  const now = etagOf(headers);
  if (now !== "" && now !== pin.etag) {
    return { code: "PreconditionFailed", said: otherEtag(now, pin.etag) };
  }
  const wanted = range.end - range.start;
  const from = status === 206 ? /^bytes (\d+)-/.exec(headers["content-range"] ?? "")?.[1] : "0";
  if (response.tooLong === true || Number(from) !== range.start) {
    const said = `the server does not keep to ranges: asked for ${range.start} to ${range.end}, it sends from ${from ?? "?"} on`;
    return { code: "RangeIgnored", said };
  }
  const received = response.body.length;
  if (received === wanted) return undefined;
  return { code: "Truncated", said: `${received} of ${wanted} bytes came`, received };
}

function otherEtag(now: string, wanted: string): string {
  return `the object's ETag is now ${now}, not ${wanted}`;
}
