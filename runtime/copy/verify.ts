import { createHash, type Hash } from "node:crypto";
import { combineAllCrc32, crc32ToS3Base64 } from "../checksum/crc32.ts";
import { toS3Base64 } from "../checksum/combine.ts";
import { Interrupted } from "../errors.ts";
import type { SourceObject } from "../stores/contract.ts";
import type { Checksum } from "./work.ts";

/** An MD5 sees the bytes in order and costs more than all else, so only objects up to this many bytes are compared by one. */
export const MOST_FOR_MD5 = 64 * 1024 * 1024;

/** Of the whole. `crc64` is what the target has checked, block by block. */
export interface Hashes {
  readonly crc64: bigint;
  readonly crc32?: number | undefined;
  readonly md5?: Buffer | undefined;
}

export type Verdict =
  | { readonly ok: true; readonly checksum: Checksum }
  | { readonly ok: false; readonly by: Checksum["algorithm"]; readonly reason: string };

/**
 * Whether the target's bytes are the source's. Best first: the CRC-64/NVME that the source keeps; its CRC-32; the MD5 that its ETag is; where it
 * keeps none that was computed here too, the CRC that was: `otherwise` says by whom.
 */
export function verify(
  object: SourceObject,
  hashes: Hashes,
  otherwise: "computed" | "target",
): Verdict {
  const own = toS3Base64(hashes.crc64);
  if (object.crc64 !== undefined) {
    return compare("CRC64NVME", toS3Base64(object.crc64), own);
  }
  if (object.crc32 !== undefined && hashes.crc32 !== undefined) {
    return compare("CRC32", crc32ToS3Base64(object.crc32), crc32ToS3Base64(hashes.crc32));
  }
  if (object.md5 !== undefined && hashes.md5 !== undefined) {
    return compare("MD5", object.md5.toString("base64"), hashes.md5.toString("base64"));
  }
  return { ok: true, checksum: { algorithm: "CRC64NVME", value: own, basis: otherwise } };
}

/** What must be computed besides the CRC-64 to compare with what the source keeps. */
export function needsHash(
  object: SourceObject,
  md5: "trusted" | "not-trusted",
): "crc32" | "md5" | undefined {
  if (object.crc64 !== undefined) return undefined;
  if (object.crc32 !== undefined) return "crc32";
  const compares = object.md5 !== undefined && md5 === "trusted" && object.size <= MOST_FOR_MD5;
  return compares ? "md5" : undefined;
}

/** CRC-32s of blocks, in any order. */
export class BlockCrc32 {
  readonly #blocks: { readonly index: number; readonly crc: number; readonly length: number }[] =
    [];

  add(index: number, crc: number, length: number): void {
    this.#blocks.push({ index, crc, length });
  }

  whole(): number {
    return combineAllCrc32(this.#blocks.toSorted((a, b) => a.index - b.index));
  }
}

/** Hashes blocks in the order of their index, whatever the order they arrive in. */
export class OrderedMd5 {
  readonly #hash: Hash = createHash("md5");
  readonly #turns = new Map<number, { go: () => void; leave: () => void }>();
  #next = 0;
  #stopped = false;

  /** Settles when every block before it and the block itself have been hashed; throws `Interrupted` when the copy ends before. */
  async add(index: number, bytes: Buffer): Promise<void> {
    if (index !== this.#next) await this.#turn(index);
    this.#hash.update(bytes);
    this.#next += 1;
    this.#turns.get(this.#next)?.go();
    this.#turns.delete(this.#next);
  }

  /** Nothing comes any more: whoever waits for its turn waits no longer. */
  stop(): void {
    this.#stopped = true;
    for (const { leave } of this.#turns.values()) leave();
    this.#turns.clear();
  }

  digest(): Buffer {
    return this.#hash.digest();
  }

  #turn(index: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => reject(new Interrupted());
      if (this.#stopped) leave();
      else this.#turns.set(index, { go: resolve, leave });
    });
  }
}

function compare(by: Checksum["algorithm"], source: string, own: string): Verdict {
  if (source === own) return { ok: true, checksum: { algorithm: by, value: own, basis: "source" } };
  return { ok: false, by, reason: `the source's ${by} is ${source}, its bytes gave ${own}` };
}
