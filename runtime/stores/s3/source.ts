import type { AwsClient } from "../../aws/client.ts";
import { bucketAddress } from "../../aws/endpoint.ts";
import { uriEncode } from "../../aws/sign.ts";
import { attempts } from "../../http/attempts.ts";
import { networkFailure, type Asked } from "../../http/failure.ts";
import { CloudError } from "../../errors.ts";
import type { Pin, Range, Source, SourceSide } from "../contract.ts";
import { describeObject } from "./object.ts";

/** An S3 bucket as a source: HEAD to look, pinned ranged GETs to read. */
export class S3Source implements Source {
  readonly #client: AwsClient;
  readonly #bucket: string;
  readonly #region: string;
  readonly #origin: string;
  readonly #base: string;

  constructor(client: AwsClient, where: { readonly bucket: string; readonly region: string }) {
    this.#client = client;
    this.#bucket = where.bucket;
    this.#region = where.region;
    const address = bucketAddress(where.bucket, where.region, client.env);
    this.#origin = address.origin;
    this.#base = address.base;
  }

  look(key: string, signal: AbortSignal): Promise<SourceSide> {
    return attempts(() => this.#head(key, signal), {
      signal,
      reSign: (error) => this.#client.reSign(error),
    });
  }

  async *read(key: string, pin: Pin, range: Range, signal: AbortSignal): AsyncIterable<Buffer> {
    const asked = this.#asked(
      key,
      pin.version === undefined ? "s3:GetObject" : "s3:GetObjectVersion",
    );
    const response = await this.#client.once({
      ...this.#call(key, asked, signal),
      method: "GET",
      query: pin.version === undefined ? [] : [["versionId", pin.version]],
      headers: {
        range: `bytes=${range.start}-${range.end - 1}`,
        "if-match": `"${pin.etag}"`,
      },
      timeoutMs: 30_000,
    });
    const wanted = range.end - range.start;
    const wrong = wrongAnswer(response.headers, response.status, pin, range);
    if (wrong !== undefined) {
      await response.discard();
      throw new CloudError({ ...asked, ...wrong, status: response.status });
    }
    let got = 0;
    try {
      for await (const chunk of response.body) {
        got += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw networkFailure(error, asked, signal);
    }
    if (got !== wanted) {
      const said = `${got} of ${wanted} bytes came`;
      throw new CloudError({ ...asked, code: "Truncated", status: 0, said });
    }
  }

  async #head(key: string, signal: AbortSignal): Promise<SourceSide> {
    const asked = this.#asked(key, "s3:GetObject");
    try {
      const response = await this.#client.once({
        ...this.#call(key, asked, signal),
        method: "HEAD",
        headers: { "x-amz-checksum-mode": "ENABLED" },
        timeoutMs: 20_000,
      });
      await response.discard();
      return { state: "present", object: describeObject(key, response.headers) };
    } catch (error) {
      if (!(error instanceof CloudError) || ![400, 403, 404].includes(error.facts.status))
        throw error;
      return this.#why(key, asked, signal, error);
    }
  }

  /**
   * The answer to a HEAD has no body, so it tells neither which permission was missing nor a missing key from a missing bucket: a GET of one
   * byte does. A bucket that is gone must never look like a key that was deleted.
   */
  async #why(
    key: string,
    asked: Asked,
    signal: AbortSignal,
    head: CloudError,
  ): Promise<SourceSide> {
    try {
      const response = await this.#client.once({
        ...this.#call(key, asked, signal),
        method: "GET",
        headers: { range: "bytes=0-0" },
        timeoutMs: 20_000,
      });
      await response.discard();
    } catch (error) {
      if (error instanceof CloudError && error.facts.code === "NoSuchKey")
        return { state: "absent" };
      throw error;
    }
    // It came between the two requests, or only HEAD is refused: look again.
    throw head.facts.status === 404
      ? new CloudError({ ...head.facts, code: "Network", status: 0, said: "HEAD and GET disagree" })
      : head;
  }

  #asked(key: string, action: string): Asked {
    return { service: "s3", action, subject: `s3://${this.#bucket}/${key}` };
  }

  #call(key: string, asked: Asked, signal: AbortSignal) {
    return {
      service: "s3" as const,
      region: this.#region,
      asked,
      origin: this.#origin,
      path: `${this.#base}/${uriEncode(key).replaceAll("%2F", "/")}`,
      signal,
    };
  }
}

/** Why an answer is not the pinned bytes that were asked for. Some S3-compatible servers ignore If-Match or Range. */
function wrongAnswer(
  headers: Readonly<Record<string, string>>,
  status: number,
  pin: Pin,
  range: Range,
): { code: string; said: string } | undefined {
  const etag = headers["etag"]?.replaceAll('"', "");
  if (etag !== undefined && etag !== pin.etag) {
    return {
      code: "PreconditionFailed",
      said: `the object's ETag is now ${etag}, not ${pin.etag}`,
    };
  }
  const from = /^bytes (\d+)-/.exec(headers["content-range"] ?? "")?.[1];
  const start = status === 206 ? Number(from) : 0;
  if (start !== range.start) return { code: "Truncated", said: `bytes came from ${start}` };
  const length = headers["content-length"];
  if (length !== undefined && Number(length) !== range.end - range.start) {
    const said = `${length} bytes are offered for ${range.end - range.start}`;
    return { code: "Truncated", said };
  }
  return undefined;
}
