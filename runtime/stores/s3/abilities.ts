import { createHash } from "node:crypto";
import { toS3Base64 } from "../../checksum/combine.ts";
import { CloudError } from "../../errors.ts";
import type { HttpResponse } from "../../http/send.ts";
import type { Block, Reference } from "../contract.ts";
import type { BucketCall, S3Bucket } from "./bucket.ts";
import { copiesPinned } from "./copy-probe.ts";
import { isAws } from "./place.ts";

/** What becomes of If-Match and If-None-Match: kept to, passed over, or refused as not implemented. */
type Conditions = "kept" | "ignored" | "refused";

/**
 * What a server that speaks S3 has been seen to do. AWS's is known; what another does is found out with the first request that needs it, and
 * remembered for as long as the target is used.
 */
export class Abilities {
  readonly #bucket: S3Bucket;
  /** Checks a CRC-64/NVME that is sent along and keeps it; undefined: not known yet. */
  #crc64: boolean | undefined;
  #conditions: Conditions | undefined;
  #probing: Promise<Conditions> | undefined;
  #pinnedCopies: Promise<boolean> | undefined;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
    if (!isAws(bucket.server)) return;
    this.#crc64 = true;
    this.#conditions = "kept";
  }

  get crc64(): boolean | undefined {
    return this.#crc64;
  }

  /** The server refused to begin an upload with it. */
  noCrc64(): void {
    this.#crc64 = false;
  }

  /** Whether every kind of write keeps to conditions without having been tried: deletes, copies and joined parts too. */
  get documented(): boolean {
    return isAws(this.#bucket.server);
  }

  /** Sends bytes with the best checksum that the server checks: CRC-64/NVME, else MD5. Both, until it is known which. */
  async send(call: Omit<BucketCall, "body">, block: Block): Promise<HttpResponse> {
    const known = this.#crc64;
    const request = { ...call, body: block.bytes, unsignedBody: true };
    try {
      const response = await this.#bucket.once({
        ...request,
        headers: { ...call.headers, ...this.#checksums(block) },
      });
      this.#crc64 ??= response.headers["x-amz-checksum-crc64nvme"] !== undefined;
      return response;
    } catch (error) {
      if (known !== undefined || !isUnknownHeader(error)) throw error;
      const headers = { ...call.headers, "content-md5": md5(block) };
      const response = await this.#bucket.once({ ...request, headers });
      this.#crc64 = false;
      return response;
    }
  }

  /** How far a PUT's conditions can be relied on. A server that is not AWS is asked for something that it must refuse, once. */
  async conditions(name: string, signal: AbortSignal): Promise<Conditions> {
    if (this.#conditions !== undefined) return this.#conditions;
    this.#probing ??= this.#probe(name, signal).finally(() => (this.#probing = undefined));
    this.#conditions = await this.#probing;
    return this.#conditions;
  }

  /**
   * Throws `CannotReadSource` where the server copies whatever is there by now: a version it is told by name, an ETag it may pass over. So it is asked, once, for a
   * part out of an ETag that the source has not.
   */
  async requirePinnedCopies(
    name: string,
    from: Reference,
    size: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.documented || from.pin.version !== undefined) return;
    this.#pinnedCopies ??= copiesPinned(this.#bucket, probeKey(name), from, size, signal);
    const pinned = await this.#pinnedCopies.catch((error: unknown) => {
      this.#pinnedCopies = undefined;
      throw error;
    });
    if (pinned) return;
    throw new CloudError({
      ...this.#bucket.asked("s3:PutObject", name),
      code: "CannotReadSource",
      status: 501,
      said: "this server does not keep to the ETag that it is told to copy",
    });
  }

  #checksums(block: Block): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.#crc64 !== false) headers["x-amz-checksum-crc64nvme"] = toS3Base64(block.crc);
    if (this.#crc64 !== true) headers["content-md5"] = md5(block);
    return headers;
  }

  /**
   * A PUT on condition of an ETag that no object has, with an MD5 that its body has not: a server that keeps to conditions says so, one that does not
   * finds the MD5 wrong, and neither writes anything.
   */
  async #probe(name: string, signal: AbortSignal): Promise<Conditions> {
    const key = probeKey(name);
    try {
      await this.#bucket.request({
        action: "s3:PutObject",
        method: "PUT",
        key,
        headers: {
          "if-match": `"${"0".repeat(32)}"`,
          "content-md5": createHash("md5").update("other bytes").digest("base64"),
        },
        body: Buffer.from("probe"),
        signal,
        timeoutMs: 20_000,
      });
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      const { status, code } = error.facts;
      if (status === 412 || code === "NoSuchKey") return "kept";
      if (code === "NotImplemented") return "refused";
      if (status === 0 || status >= 500 || code === "NoSuchBucket") throw error;
      return "ignored";
    }
    // It keeps to neither, and now has what nobody wanted.
    await this.#bucket.request({ action: "s3:DeleteObject", method: "DELETE", key, signal });
    return "ignored";
  }
}

/** How a server says that it does not know what a header asks for. */
export function isUnknownHeader(error: unknown): boolean {
  if (!(error instanceof CloudError)) return false;
  return ["NotImplemented", "InvalidArgument", "InvalidRequest"].includes(error.code);
}

/** Beside the name, so that whoever may write the one may write the other. Nothing is ever committed under it. */
function probeKey(name: string): string {
  return `${name.length > 900 ? "" : name}.causeway-probe`;
}

function md5(block: Block): string {
  return createHash("md5").update(block.bytes).digest("base64");
}
