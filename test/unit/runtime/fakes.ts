import { createHash } from "node:crypto";
import { crc64 } from "../../../runtime/checksum/crc64.ts";
import { marksFromMetadata } from "../../../runtime/decide/headers.ts";
import { CloudError } from "../../../runtime/errors.ts";
import type {
  Block,
  Expecting,
  Pin,
  Range,
  Source,
  SourceObject,
  SourceSide,
  StagedBlock,
  Staging,
  Target,
  TargetProperties,
  TargetSide,
  Upload,
} from "../../../runtime/stores/contract.ts";

export function sourceObject(
  key: string,
  body: string | Buffer,
  over: Partial<SourceObject> = {},
): SourceObject {
  const bytes = Buffer.from(body);
  const md5 = createHash("md5").update(bytes).digest();
  const etag = md5.toString("hex");
  return {
    key,
    pin: { etag, text: etag },
    size: bytes.length,
    modified: "2026-01-31T00:00:00.000Z",
    content: {},
    metadata: {},
    crc64: crc64(bytes),
    md5,
    ...over,
  };
}

/** Bytes that differ from place to place and from seed to seed, made faster than random ones. */
export function patterned(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size, seed);
  for (let at = 0; at + 8 <= size; at += 65_536) bytes.writeDoubleBE(at + seed / 7, at);
  return bytes;
}

export const never = new AbortController().signal;

/**
 * A bucket in memory; `onLook` and `onRead` let a test change the world at that moment. With versions, what was overwritten or deleted
 * can still be read under its pin.
 */
export class FakeSource implements Source {
  readonly #versioned: boolean;
  readonly #versions = new Map<string, Buffer>();
  readonly objects = new Map<string, { object: SourceObject; bytes: Buffer }>();
  readonly reads: Range[] = [];
  onLook: (() => void | Promise<void>) | undefined;
  onRead: ((range: Range) => void | Promise<void>) | undefined;
  #clock = 0;

  constructor(bucket: "plain" | "versioned" = "plain") {
    this.#versioned = bucket === "versioned";
  }

  put(key: string, body: string | Buffer, over: Partial<SourceObject> = {}): SourceObject {
    this.#clock += 1;
    const bytes = Buffer.from(body);
    const modified = new Date(Date.UTC(2026, 0, 1) + this.#clock * 1000).toISOString();
    const plain = sourceObject(key, bytes, { modified, ...over });
    const text = `v${this.#clock}`;
    const pin = { version: text, etag: plain.pin.etag, text };
    const object = this.#versioned ? { ...plain, pin } : plain;
    if (this.#versioned) this.#versions.set(text, bytes);
    this.objects.set(key, { object, bytes });
    return object;
  }

  async look(key: string): Promise<SourceSide> {
    await this.onLook?.();
    const found = this.objects.get(key);
    return found === undefined ? { state: "absent" } : { state: "present", object: found.object };
  }

  async *read(key: string, pin: Pin, range: Range): AsyncIterable<Buffer> {
    this.reads.push(range);
    await this.onRead?.(range);
    const now = this.objects.get(key);
    const current = now?.object.pin.text === pin.text ? now.bytes : undefined;
    const bytes = this.#versions.get(pin.version ?? "") ?? current;
    if (bytes === undefined) throw cloudError("s3", "s3:GetObject", "PreconditionFailed", 412);
    const middle = Math.floor((range.start + range.end) / 2);
    yield bytes.subarray(range.start, middle);
    yield bytes.subarray(middle, range.end);
  }
}

interface FakeBlob {
  readonly etag: string;
  readonly bytes: Buffer;
  readonly properties: TargetProperties;
}

/** A container in memory with Azure's conditions and uncommitted blocks. */
export class FakeTarget implements Target {
  readonly putLimit: number;
  readonly blobs = new Map<string, FakeBlob>();
  readonly uncommitted = new Map<string, { staged: StagedBlock; pin: string; bytes: Buffer }[]>();
  commits = 0;
  stagedNow = 0;
  mostStagedAtOnce = 0;
  onLook: (() => void | Promise<void>) | undefined;
  onStage: ((index: number) => void | Promise<void>) | undefined;
  onCommit: (() => void | Promise<void>) | undefined;
  #etags = 0;

  constructor(putLimit = 8 * 1024 * 1024) {
    this.putLimit = putLimit;
  }

  async look(name: string): Promise<TargetSide> {
    await this.onLook?.();
    const blob = this.blobs.get(name);
    if (blob === undefined) return { state: "absent" };
    return {
      state: "present",
      etag: blob.etag,
      size: blob.bytes.length,
      marks: marksFromMetadata(blob.properties.metadata),
      ...(blob.properties.contentMd5 === undefined ? {} : { md5: blob.properties.contentMd5 }),
    };
  }

  async put(
    name: string,
    block: Block,
    properties: TargetProperties,
    expecting: Expecting,
  ): Promise<void> {
    await this.onCommit?.();
    this.write(name, Buffer.concat(block.chunks), properties, expecting);
  }

  staged(staging: Staging): Promise<{ blocks: readonly StagedBlock[]; upload: Upload }> {
    const { name, pin } = staging;
    const held = this.uncommitted.get(name) ?? [];
    this.uncommitted.set(name, held);
    const upload: Upload = {
      stage: async (index, block) => {
        this.stagedNow += 1;
        this.mostStagedAtOnce = Math.max(this.mostStagedAtOnce, this.stagedNow);
        await this.onStage?.(index);
        this.stagedNow -= 1;
        const staged = { index, length: block.length, crc: block.crc };
        const bytes = Buffer.concat(block.chunks);
        const at = held.findIndex((one) => one.staged.index === index && one.pin === pin.text);
        held.splice(at < 0 ? held.length : at, at < 0 ? 0 : 1, { staged, pin: pin.text, bytes });
        return staged;
      },
      commit: async (blocks, properties, expecting) => {
        await this.onCommit?.();
        const parts = blocks.map((block) => {
          const one = held.find(
            (h) => h.staged.index === block.index && h.staged.crc === block.crc,
          );
          if (one === undefined)
            throw cloudError("azure", "blob:PutBlockList", "InvalidBlockList", 400);
          return one.bytes;
        });
        this.write(name, Buffer.concat(parts), properties, expecting);
        this.uncommitted.delete(name);
      },
    };
    const blocks = held.filter((one) => one.pin === pin.text).map((one) => one.staged);
    return Promise.resolve({ blocks, upload });
  }

  remove(name: string, expecting: Expecting): Promise<void> {
    this.#check(name, expecting);
    this.blobs.delete(name);
    return Promise.resolve();
  }

  write(name: string, bytes: Buffer, properties: TargetProperties, expecting: Expecting): void {
    this.#check(name, expecting);
    this.commits += 1;
    this.#etags += 1;
    this.blobs.set(name, { etag: `e${this.#etags}`, bytes, properties });
  }

  #check(name: string, expecting: Expecting): void {
    const blob = this.blobs.get(name);
    if (expecting.state === "absent" && blob !== undefined) {
      throw cloudError("azure", "blob:PutBlob", "BlobAlreadyExists", 409);
    }
    if (expecting.state === "etag" && blob?.etag !== expecting.etag) {
      throw cloudError("azure", "blob:PutBlob", "ConditionNotMet", 412);
    }
  }
}

export function cloudError(
  service: "s3" | "azure" | "sqs" | "ssm",
  action: string,
  code: string,
  status: number,
): CloudError {
  return new CloudError({ service, action, subject: "x", code, status, said: code });
}
