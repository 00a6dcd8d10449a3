import { toS3Base64 } from "../../checksum/combine.ts";
import { CloudError, Interrupted } from "../../errors.ts";
import type {
  Block,
  Committed,
  Expecting,
  Range,
  Reference,
  StagedBlock,
  Staging,
  TargetProperties,
  TargetSide,
  Upload,
} from "../contract.ts";
import { isUnknownHeader, type Abilities } from "./abilities.ts";
import type { S3Bucket } from "./bucket.ts";
import { commitOnce, refuseChanged } from "./commit.ts";
import { copyFailure, copyResult, copySourceHeaders } from "./copy-source.ts";
import { bareEtag } from "./object.ts";
import { condition } from "./properties.ts";
import { abortUpload } from "./uploads.ts";
import { textOf } from "./xml.ts";

/** What an upload needs of its target. */
export interface UploadContext {
  readonly bucket: S3Bucket;
  readonly abilities: Abilities;
  look(name: string, signal: AbortSignal): Promise<TargetSide>;
}

/** A part takes as long as the bytes take; a join of ten thousand parts may take minutes. */
const COPY_MS = 10 * 60_000;
const JOIN_MS = 10 * 60_000;

const PLAIN = { "content-type": "application/xml" };

/** A multipart upload of one object at one pin. */
export class MultipartUpload implements Upload {
  readonly #context: UploadContext;
  readonly #staging: Staging;
  readonly #id: string;
  /** Began with CRC-64/NVME, so parts and whole are told with theirs. */
  readonly #checksummed: boolean;
  /** By part number. */
  readonly #etags: Map<number, string>;
  /** Uploads of ours for this name at other pins. */
  readonly #others: readonly string[];

  constructor(
    context: UploadContext,
    staging: Staging,
    begun: {
      readonly id: string;
      readonly checksummed: boolean;
      readonly etags: Map<number, string>;
      readonly others: readonly string[];
    },
  ) {
    this.#context = context;
    this.#staging = staging;
    this.#id = begun.id;
    this.#checksummed = begun.checksummed;
    this.#etags = begun.etags;
    this.#others = begun.others;
  }

  async stage(index: number, block: Block, signal: AbortSignal): Promise<StagedBlock> {
    const { bucket, abilities } = this.#context;
    const number = index + 1;
    const response = await bucket.attempts(
      () =>
        abilities.send(
          {
            action: "s3:PutObject",
            method: "PUT",
            key: this.#staging.name,
            query: this.#part(number),
            signal,
          },
          block,
        ),
      signal,
    );
    this.#etags.set(number, bareEtag(response.headers["etag"] ?? ""));
    return { index, length: block.bytes.length, crc: block.crc };
  }

  async stageFrom(
    index: number,
    from: Reference,
    range: Range,
    signal: AbortSignal,
  ): Promise<StagedBlock> {
    const { bucket, abilities } = this.#context;
    const { name, size } = this.#staging;
    const number = index + 1;
    const length = range.end - range.start;
    // Small objects have no ranges, the whole needs none.
    const ranged =
      length === size ? {} : { "x-amz-copy-source-range": `bytes=${range.start}-${range.end - 1}` };
    await abilities.requirePinnedCopies(name, from, size, signal);
    const result = await bucket.attempts(async () => {
      try {
        const response = await bucket.once({
          action: "s3:PutObject",
          method: "PUT",
          key: name,
          query: this.#part(number),
          headers: { ...copySourceHeaders(from), ...ranged },
          signal,
          timeoutMs: COPY_MS,
        });
        return copyResult(bucket.checkBody("s3:PutObject", name, response));
      } catch (error) {
        throw copyFailure(error, from);
      }
    }, signal);
    this.#etags.set(number, result.etag);
    return { index, length, crc: result.crc };
  }

  async commit(
    blocks: readonly StagedBlock[],
    properties: TargetProperties,
    expecting: Expecting,
    crc: bigint | undefined,
    signal: AbortSignal,
  ): Promise<Committed> {
    const { bucket, abilities } = this.#context;
    const look = this.#context.look.bind(this.#context);
    const { name, size } = this.#staging;
    const body = Buffer.from(this.#list(blocks));
    const committed = await commitOnce(
      bucket,
      look,
      { name, size, crc, properties },
      async () => {
        if (!abilities.documented) await refuseChanged(bucket, look, name, expecting, signal);
        return this.#join(body, expecting, crc, signal);
      },
      (done) => done,
      signal,
    );
    await this.#clean(signal);
    return committed;
  }

  discard(signal: AbortSignal): Promise<void> {
    return abortUpload(this.#context.bucket, this.#staging.name, this.#id, signal);
  }

  async #join(
    body: Buffer,
    expecting: Expecting,
    crc: bigint | undefined,
    signal: AbortSignal,
  ): Promise<Committed> {
    const headers = {
      ...PLAIN,
      ...condition(expecting),
      ...(this.#checksummed ? { "x-amz-checksum-type": "FULL_OBJECT" } : {}),
      ...(this.#checksummed && crc !== undefined
        ? { "x-amz-checksum-crc64nvme": toS3Base64(crc) }
        : {}),
    };
    try {
      return await this.#complete(body, headers, signal);
    } catch (error) {
      // A server that joins parts without conditions and checksums: the target was looked at just before.
      const unknown = !this.#context.abilities.documented && isUnknownHeader(error);
      if (!unknown) throw this.#mismatch(error);
      return this.#complete(body, PLAIN, signal);
    }
  }

  async #complete(
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Committed> {
    const { bucket } = this.#context;
    const { name } = this.#staging;
    const response = await bucket.once({
      action: "s3:PutObject",
      method: "POST",
      key: name,
      query: [["uploadId", this.#id]],
      headers,
      body,
      signal,
      timeoutMs: JOIN_MS,
    });
    const xml = bucket.checkBody("s3:PutObject", name, response);
    return { etag: `"${bareEtag(textOf(xml, "ETag") ?? "")}"` };
  }

  /** The whole is not what was said: no repetition helps, reading the source again may. */
  #mismatch(error: unknown): unknown {
    if (!(error instanceof CloudError) || error.code !== "BadDigest") return error;
    const { facts } = error;
    return new CloudError({ ...facts, code: "ChecksumMismatch" }, { cause: error });
  }

  #list(blocks: readonly StagedBlock[]): string {
    const parts = blocks
      .toSorted((one, other) => one.index - other.index)
      .map(({ index, crc }) => {
        const etag = this.#etags.get(index + 1) ?? "";
        const checksum =
          this.#checksummed && crc !== undefined
            ? `<ChecksumCRC64NVME>${toS3Base64(crc)}</ChecksumCRC64NVME>`
            : "";
        return `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${etag}"</ETag>${checksum}</Part>`;
      });
    return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join("")}</CompleteMultipartUpload>`;
  }

  /** Ends our own uploads at other pins. What this leaves behind a bucket's lifecycle rule ends; the copy is done all the same. */
  async #clean(signal: AbortSignal): Promise<void> {
    for (const id of this.#others) {
      try {
        await abortUpload(this.#context.bucket, this.#staging.name, id, signal);
      } catch (error) {
        if (!(error instanceof CloudError) && !(error instanceof Interrupted)) throw error;
      }
    }
  }

  #part(number: number): readonly (readonly [string, string])[] {
    return [
      ["partNumber", String(number)],
      ["uploadId", this.#id],
    ];
  }
}
