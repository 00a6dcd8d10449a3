import { createHash } from "node:crypto";
import { combineAllCrc64 } from "../../../../runtime/checksum/combine.ts";
import { crc64 } from "../../../../runtime/checksum/crc64.ts";
import { marksFromMetadata } from "../../../../runtime/decide/marks.ts";
import type {
  Block,
  Committed,
  Cut,
  Expecting,
  FromUrl,
  KeyRange,
  ListedTarget,
  Marks,
  Reference,
  SourceProof,
  StagedBlock,
  Staging,
  Target,
  TargetProperties,
  TargetSide,
  Upload,
} from "../../../../runtime/stores/contract.ts";
import type { CloudError } from "../../../../runtime/errors.ts";
import { within, type MemoryReference } from "./source.ts";
import { Wire, cloudError } from "./wire.ts";

export interface FakeObject {
  readonly etag: string;
  readonly bytes: Buffer;
  readonly properties: TargetProperties;
  readonly modified: number;
}

interface FakeBlock {
  readonly what: string;
  readonly index: number;
  readonly bytes: Buffer;
  /** Undefined: staged by URL, and not noted. */
  crc: bigint | undefined;
}

export interface FakeTargetOptions {
  readonly kind?: Target["kind"];
  readonly putLimit?: number;
  readonly putFromLimit?: number;
  /** Of streamed copies; by URL twice as much. */
  readonly blockSize?: number;
  readonly wire?: Wire;
}

const MiB = 1024 * 1024;

/** A container or bucket in memory, with conditions and uncommitted blocks that any worker sees. */
export class FakeTarget implements Target {
  readonly label: string;
  readonly kind: Target["kind"];
  readonly putLimit: number;
  readonly putFromLimit: number;
  readonly wire: Wire;
  readonly objects = new Map<string, FakeObject>();
  readonly uncommitted = new Map<string, FakeBlock[]>();
  commits = 0;
  stagedNow = 0;
  mostStagedAtOnce = 0;
  notByUrl: string | undefined;
  /** Sees every write in the moment it happens. */
  onWrite: ((name: string, bytes: Buffer, marks: Marks | undefined) => void) | undefined;
  onRemove: ((name: string) => void) | undefined;
  readonly #blockSize: number;
  #etags = 0;

  constructor(options: FakeTargetOptions = {}) {
    this.kind = options.kind ?? "azure-blob";
    this.label = this.kind === "s3" ? "s3://target" : "azure://memory/target";
    this.putLimit = options.putLimit ?? 8 * MiB;
    this.putFromLimit = options.putFromLimit ?? 256 * MiB;
    this.#blockSize = options.blockSize ?? 8 * MiB;
    this.wire = options.wire ?? new Wire();
  }

  async *list(range: KeyRange): AsyncIterable<readonly ListedTarget[]> {
    yield await this.#through("list", range.prefix, () =>
      [...this.objects]
        .filter(([name]) => within(name, range))
        .map(([name, object]) => ({ name, ...this.#described(object, this.kind !== "s3") }))
        .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))),
    );
  }

  look(name: string): Promise<TargetSide> {
    return this.#through("look", name, () => {
      const object = this.objects.get(name);
      if (object === undefined) return { state: "absent" } as const;
      return { state: "present", ...this.#described(object, true) } as const;
    });
  }

  put(
    name: string,
    block: Block,
    properties: TargetProperties,
    expecting: Expecting,
  ): Promise<Committed> {
    return this.#through("put", name, () => {
      if (crc64(block.bytes) !== block.crc) throw this.#error("PutBlob", "Crc64Mismatch", 400);
      if (block.bytes.length > this.putLimit) throw this.#error("PutBlob", "TooLarge", 413);
      return this.write(name, Buffer.from(block.bytes), properties, expecting);
    });
  }

  putFrom(
    name: string,
    from: Reference,
    _size: number,
    proof: SourceProof,
    properties: TargetProperties,
    expecting: Expecting,
  ): Promise<FromUrl & Committed> {
    return this.#through("putFrom", name, () => {
      const bytes = this.#fetched(from);
      const md5 = createHash("md5").update(bytes).digest();
      if (proof.md5?.equals(md5) === false) throw this.#error("PutBlob", "Md5Mismatch", 400);
      const crc = crc64(bytes);
      const committed = this.write(name, Buffer.from(bytes), properties, expecting);
      return { ...committed, crc, proven: proof.md5 !== undefined };
    });
  }

  cut(size: number, by: "stream" | "url"): Cut {
    const blockSize = this.#blockSize * (by === "url" ? 2 : 1);
    return { blockSize, blocks: Math.ceil(size / blockSize) };
  }

  staged(
    staging: Staging,
  ): Promise<{ readonly blocks: readonly StagedBlock[]; readonly upload: Upload }> {
    const { name, pin, cut, noteCrcs } = staging;
    return this.#through("staged", name, () => {
      const what = `${pin.text} ${cut.blockSize}`;
      const held = this.uncommitted.get(name) ?? [];
      this.uncommitted.set(name, held);
      const blocks = held.filter((block) => block.what === what).map(stagedOf);
      return { blocks, upload: this.#upload(name, what, noteCrcs) };
    });
  }

  remove(name: string, expecting: Expecting): Promise<void> {
    return this.#through("remove", name, () => {
      if (!this.objects.has(name)) return;
      this.#check(name, expecting);
      this.objects.delete(name);
      this.onRemove?.(name);
    });
  }

  whyNotByUrl(): string | undefined {
    return this.notByUrl;
  }

  write(
    name: string,
    bytes: Buffer,
    properties: TargetProperties,
    expecting: Expecting,
  ): Committed {
    this.#check(name, expecting);
    this.onWrite?.(name, bytes, this.#marksOf(properties));
    this.commits += 1;
    this.#etags += 1;
    const etag = `"e${this.#etags}"`;
    this.objects.set(name, { etag, bytes, properties, modified: Date.UTC(2026, 6, 1) });
    this.uncommitted.delete(name);
    return { etag };
  }

  #upload(name: string, what: string, noteCrcs: boolean): Upload {
    const keep = (index: number, bytes: Buffer, crc: bigint | undefined): FakeBlock => {
      const held = this.uncommitted.get(name) ?? [];
      this.uncommitted.set(name, held);
      const block = { what, index, bytes: Buffer.from(bytes), crc };
      const at = held.findIndex((one) => one.what === what && one.index === index);
      held.splice(at < 0 ? held.length : at, at < 0 ? 0 : 1, block);
      return block;
    };
    return {
      stage: async (index, block) => {
        this.stagedNow += 1;
        this.mostStagedAtOnce = Math.max(this.mostStagedAtOnce, this.stagedNow);
        try {
          return await this.#through(
            "stage",
            name,
            () => stagedOf(keep(index, block.bytes, block.crc)),
            index,
          );
        } finally {
          this.stagedNow -= 1;
        }
      },
      stageFrom: async (index, from, range) => {
        const { block, crc } = await this.#through(
          "stageFrom",
          name,
          () => {
            const bytes = this.#fetched(from).subarray(range.start, range.end);
            return { block: keep(index, bytes, undefined), crc: crc64(bytes) };
          },
          index,
        );
        if (noteCrcs) {
          await this.#through("note", name, () => {
            block.crc = crc;
          });
        }
        return { ...stagedOf(block), crc };
      },
      commit: (blocks, properties, expecting, crc) =>
        this.#through("commit", name, () =>
          this.#commit(name, what, blocks, properties, expecting, crc),
        ),
      discard: () =>
        this.#through("discard", name, () => {
          this.uncommitted.delete(name);
        }),
    };
  }

  #commit(
    name: string,
    what: string,
    blocks: readonly StagedBlock[],
    properties: TargetProperties,
    expecting: Expecting,
    crc: bigint | undefined,
  ): Committed {
    const held = this.uncommitted.get(name) ?? [];
    const parts = blocks.map(({ index }) => {
      const one = held.find((block) => block.what === what && block.index === index);
      if (one === undefined) throw this.#error("PutBlockList", "InvalidBlockList", 400);
      return one.bytes;
    });
    const whole = combineAllCrc64(
      parts.map((bytes) => ({ crc: crc64(bytes), length: bytes.length })),
    );
    // As S3 does; another worker has staged other bytes under the same index meanwhile.
    if (crc !== undefined && whole !== crc)
      throw this.#error("PutBlockList", "InvalidBlockList", 400);
    return this.write(name, Buffer.concat(parts), properties, expecting);
  }

  /** S3 takes a condition on what it copies, Azure reads what is there. */
  #fetched(from: Reference): Buffer {
    const { etag, bytes } = (from as MemoryReference).bytes();
    if (this.kind === "s3" && etag !== from.pin.etag) {
      throw cloudError("s3", "s3:GetObject", "PreconditionFailed", 412);
    }
    return bytes;
  }

  #described(
    object: FakeObject,
    showsMarks: boolean,
  ): Omit<TargetSide & { state: "present" }, "state"> {
    const { etag, bytes, properties, modified } = object;
    const marks = showsMarks ? this.#marksOf(properties) : undefined;
    const md5 = properties.contentMd5;
    return {
      etag,
      size: bytes.length,
      modified,
      marks,
      marksAre: showsMarks ? "seen" : "unseen",
      ...(md5 === undefined ? {} : { md5 }),
    };
  }

  #marksOf({ metadata }: TargetProperties): Marks | undefined {
    return marksFromMetadata(metadata, this.kind === "s3" ? "-" : "_");
  }

  #check(name: string, expecting: Expecting): void {
    const object = this.objects.get(name);
    if (expecting.state === "absent" && object !== undefined) {
      throw this.#error("PutBlob", "BlobAlreadyExists", 409);
    }
    if (expecting.state === "etag" && object?.etag !== expecting.etag) {
      throw this.#error("PutBlob", "ConditionNotMet", 412);
    }
  }

  #through<T>(op: string, key: string, effect: () => T, index?: number): Promise<T> {
    const call = { side: "target", op, key, ...(index === undefined ? {} : { index }) } as const;
    return this.wire.through(call, effect);
  }

  #error(action: string, code: string, status: number): CloudError {
    return cloudError("azure", `blob:${action}`, code, status);
  }
}

function stagedOf({ index, bytes, crc }: FakeBlock): StagedBlock {
  return { index, length: bytes.length, crc };
}
