import type { AwsClient } from "../../aws/client.ts";
import type { HttpResponse } from "../../http/send.ts";
import { marksFromMetadata } from "../../decide/marks.ts";
import type {
  Block,
  Committed,
  Cut,
  Expecting,
  FromUrl,
  KeyRange,
  ListedTarget,
  Reference,
  SourceProof,
  StagedBlock,
  Staging,
  Target,
  TargetProperties,
  TargetSide,
  Upload,
} from "../contract.ts";
import { Abilities, isUnknownHeader } from "./abilities.ts";
import { S3Bucket } from "./bucket.ts";
import { commitOnce, refuseChanged } from "./commit.ts";
import { copyFailure, copyResult, copySourceHeaders } from "./copy-source.ts";
import { cutIntoParts } from "./cuts.ts";
import { headOrWhy, isAbsent } from "./head.ts";
import { listPages } from "./list.ts";
import { etagOf, fullCrc64, md5Of, rawMetadata } from "./object.ts";
import { samePlaceToCopy, type S3Place } from "./place.ts";
import { condition, propertyHeaders, type Encryption } from "./properties.ts";
import { openUpload } from "./staged.ts";

const MiB = 1024 * 1024;
const COPY_MS = 10 * 60_000;

export interface S3TargetPlace extends S3Place, Encryption {}

/** A bucket of S3, or of a server that speaks S3, as a target. In another account: the credentials say so. */
export class S3Target implements Target {
  readonly kind = "s3";
  readonly label: string;
  /** A PUT takes 5 GiB; what is bigger than two parts is staged. */
  readonly putLimit = 16 * MiB;
  /** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
  readonly putFromLimit = 5 * 1024 * MiB;
  readonly #bucket: S3Bucket;
  readonly #abilities: Abilities;
  readonly #encryption: Encryption;

  constructor(client: AwsClient, place: S3TargetPlace) {
    this.label = `s3://${place.bucket}`;
    this.#bucket = new S3Bucket(client, place);
    this.#abilities = new Abilities(this.#bucket);
    this.#encryption = { kmsKeyId: place.kmsKeyId };
  }

  async *list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly ListedTarget[]> {
    // Under a KMS key no ETag is an MD5; without one of ours the bucket may have its own, so this is a hint only.
    const mayBeMd5 = this.#encryption.kmsKeyId === undefined;
    for await (const page of listPages(this.#bucket, range, signal)) {
      yield page.map(({ key, etag, size, modified }): ListedTarget => {
        const object = { name: key, etag: `"${etag}"`, size, modified, ...UNSEEN };
        const md5 = mayBeMd5 && etag.length === 32;
        return md5 ? { ...object, md5: Buffer.from(etag, "hex") } : object;
      });
    }
  }

  look(name: string, signal: AbortSignal): Promise<TargetSide> {
    const tell = (headers: HttpResponse["headers"] | undefined): TargetSide =>
      headers === undefined ? ABSENT : describeTarget(headers);
    return this.#bucket.attempts(() => headOrWhy(this.#bucket, name, {}, signal, tell), signal);
  }

  put(
    name: string,
    block: Block,
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<Committed> {
    const headers = propertyHeaders(properties, this.#encryption);
    const intended = { name, size: block.bytes.length, crc: block.crc, properties };
    const act = async (): Promise<Committed> => {
      const conditions = await this.#abilities.conditions(name, signal);
      if (conditions !== "kept") await this.#refuseChanged(name, expecting, signal);
      const response = await this.#abilities.send(
        {
          action: "s3:PutObject",
          method: "PUT",
          key: name,
          headers: conditions === "refused" ? headers : { ...headers, ...condition(expecting) },
          signal,
        },
        block,
      );
      return { etag: `"${etagOf(response.headers)}"` };
    };
    return commitOnce(this.#bucket, this.#look, intended, act, (done) => done, signal);
  }

  putFrom(
    name: string,
    from: Reference,
    size: number,
    _proof: SourceProof,
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<FromUrl & Committed> {
    const headers = {
      ...propertyHeaders(properties, this.#encryption),
      ...copySourceHeaders(from),
      ...condition(expecting),
      "x-amz-metadata-directive": "REPLACE",
      "x-amz-tagging-directive": "REPLACE",
      ...(this.#abilities.crc64 === false ? {} : { "x-amz-checksum-algorithm": "CRC64NVME" }),
    };
    const act = async (): Promise<FromUrl & Committed> => {
      await this.#abilities.requirePinnedCopies(name, from, size, signal);
      if (!this.#abilities.documented) await this.#refuseChanged(name, expecting, signal);
      try {
        const { etag, crc } = await this.#copy(name, headers, signal);
        return { etag: `"${etag}"`, crc, proven: false };
      } catch (error) {
        throw copyFailure(error, from);
      }
    };
    const done = (committed: Committed) => ({ ...committed, crc: undefined, proven: false });
    const intended = { name, size, crc: undefined, properties };
    return commitOnce(this.#bucket, this.#look, intended, act, done, signal);
  }

  cut(size: number, by: "stream" | "url"): Cut {
    return cutIntoParts(size, by);
  }

  staged(
    staging: Staging,
    signal: AbortSignal,
  ): Promise<{ readonly blocks: readonly StagedBlock[]; readonly upload: Upload }> {
    const context = { bucket: this.#bucket, abilities: this.#abilities, look: this.#look };
    return openUpload(context, staging, this.#encryption, signal);
  }

  async remove(name: string, expecting: Expecting, signal: AbortSignal): Promise<void> {
    if (expecting.state === "absent") return;
    // AWS keeps to If-Match of a DELETE; whether others do cannot be told before it is too late.
    if (!this.#abilities.documented) {
      const side = await this.look(name, signal);
      if (side.state === "absent") return;
      await this.#refuseChanged(name, expecting, signal);
    }
    try {
      await this.#delete(name, condition(expecting), signal);
    } catch (error) {
      if (isAbsent(error)) return;
      if (this.#abilities.documented || !isUnknownHeader(error)) throw error;
      await this.#delete(name, {}, signal);
    }
  }

  whyNotByUrl(from: Reference): string | undefined {
    const { server } = this.#bucket;
    if (samePlaceToCopy(from.s3.origin, server)) return undefined;
    return `S3 copies only between its own buckets: the source is at ${from.s3.origin}, the target at ${server}`;
  }

  async #delete(
    name: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const action = "s3:DeleteObject";
    const call = { action, method: "DELETE", key: name, headers, signal } as const;
    await this.#bucket.request({ ...call, timeoutMs: 20_000 });
  }

  async #copy(
    name: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ etag: string; crc: bigint | undefined }> {
    const action = "s3:PutObject";
    const call = { action, method: "PUT", key: name, headers, signal, timeoutMs: COPY_MS } as const;
    const response = await this.#bucket.once(call);
    return copyResult(this.#bucket.checkBody(action, name, response));
  }

  readonly #look = (name: string, signal: AbortSignal): Promise<TargetSide> =>
    this.look(name, signal);

  #refuseChanged(name: string, expecting: Expecting, signal: AbortSignal): Promise<void> {
    return refuseChanged(this.#bucket, this.#look, name, expecting, signal);
  }
}

const ABSENT: TargetSide = { state: "absent" };
const UNSEEN = { marks: undefined, marksAre: "unseen" } as const;

function describeTarget(headers: Readonly<Record<string, string>>): TargetSide {
  const md5 = md5Of(headers);
  const crc64 = fullCrc64(headers);
  return {
    state: "present",
    etag: `"${etagOf(headers)}"`,
    size: Number(headers["content-length"] ?? 0),
    modified: Date.parse(headers["last-modified"] ?? "") || undefined,
    marks: marksFromMetadata(rawMetadata(headers), "-"),
    marksAre: "seen",
    ...(md5 === undefined ? {} : { md5 }),
    ...(crc64 === undefined ? {} : { crc64 }),
  };
}
