import { createHash, type Hash } from "node:crypto";
import { toS3Base64 } from "../checksum/combine.ts";
import { Interrupted } from "../errors.ts";
import type { LedgerEntry } from "../ledger/entry.ts";
import type { Block, SourceObject } from "../stores/contract.ts";

export type Checksum = NonNullable<LedgerEntry["checksum"]>;

export type Verdict =
  | { readonly ok: true; readonly checksum: Checksum }
  | { readonly ok: false; readonly reason: string };

/**
 * Whether the target's bytes are the source's. `crc64` is of the whole as the target has checked it, block by block. Best first: the
 * CRC-64/NVME that the source keeps; the MD5 that its ETag is, where the bytes were hashed in order; else the CRC that was computed on the way.
 */
export function verify(object: SourceObject, crc64: bigint, md5: Buffer | undefined): Verdict {
  if (object.crc64 !== undefined) {
    if (object.crc64 !== crc64) {
      const reason = `the source keeps CRC-64/NVME ${toS3Base64(object.crc64)}, its bytes gave ${toS3Base64(crc64)}`;
      return { ok: false, reason };
    }
    return checked("CRC64NVME", toS3Base64(crc64), "source");
  }
  if (object.md5 !== undefined && md5 !== undefined) {
    if (!object.md5.equals(md5)) {
      const reason = `the source's ETag is MD5 ${object.md5.toString("hex")}, its bytes gave ${md5.toString("hex")}`;
      return { ok: false, reason };
    }
    return checked("MD5", md5.toString("base64"), "source");
  }
  return checked("CRC64NVME", toS3Base64(crc64), "computed");
}

/** An MD5 must see the bytes in order; a CRC-64 that the source keeps makes it needless. */
export function needsMd5(object: SourceObject): boolean {
  return object.crc64 === undefined && object.md5 !== undefined;
}

/** Hashes blocks in the order of their index, whatever the order they arrive in. */
export class OrderedMd5 {
  readonly #hash: Hash = createHash("md5");
  readonly #turns = new Map<number, () => void>();
  #next = 0;

  /** Settles when every block before it and the block itself have been hashed; throws `Interrupted` when the copy ends before. */
  async add(index: number, block: Block, signal: AbortSignal): Promise<void> {
    if (index !== this.#next) await this.#turn(index, signal);
    for (const chunk of block.chunks) this.#hash.update(chunk);
    this.#next += 1;
    this.#turns.get(this.#next)?.();
    this.#turns.delete(this.#next);
  }

  digest(): Buffer {
    return this.#hash.digest();
  }

  #turn(index: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        reject(new Interrupted());
      };
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted) leave();
      this.#turns.set(index, () => {
        signal.removeEventListener("abort", leave);
        resolve();
      });
    });
  }
}

function checked(
  algorithm: Checksum["algorithm"],
  value: string,
  basis: "source" | "computed",
): Verdict {
  return { ok: true, checksum: { algorithm, value, basis } };
}
