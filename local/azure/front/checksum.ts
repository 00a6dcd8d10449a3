import { createHash } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import { Crc64 } from "./crc64.ts";
import { invalidHeader, StorageError } from "./errors.ts";

/** What a body must come to; both in base64. Azure takes one of them, never both. */
export interface ExpectedChecksum {
  readonly md5?: string | undefined;
  readonly crc64?: string | undefined;
}

/** Throws what Azure answers to checksum headers that cannot be right. */
export function checkExpected(expected: ExpectedChecksum, crc64Header: string): void {
  const { md5, crc64 } = expected;
  if (md5 !== undefined && crc64 !== undefined) {
    throw new StorageError(
      400,
      "BothCrc64AndMd5HeaderPresent",
      "Both x-ms-content-crc64 header and Content-MD5 header are present.",
    );
  }
  if (md5 !== undefined && Buffer.from(md5, "base64").length !== 16) {
    throw new StorageError(400, "InvalidMd5", "The MD5 value specified in the request is invalid.");
  }
  if (crc64 !== undefined && Buffer.from(crc64, "base64").length !== 8) {
    throw invalidHeader(crc64Header, crc64);
  }
}

/**
 * Lets a body through and computes its checksum on the way. Where one is expected, the last chunk is held back
 * until the sum is known to be right: whoever reads never sees the end of a body that is not.
 */
export class ChecksumTap extends Transform {
  readonly #crc64 = new Crc64();
  readonly #md5 = createHash("md5");
  readonly #needsMd5: boolean;
  readonly #expected: ExpectedChecksum;
  #held: Buffer | undefined;
  #sums: { crc64: string; md5: string | undefined } | undefined;

  constructor(expected: ExpectedChecksum = {}) {
    super();
    this.#expected = expected;
    this.#needsMd5 = expected.md5 !== undefined;
  }

  /** Known once the body has passed. */
  get crc64(): string | undefined {
    return this.#sums?.crc64;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#crc64.update(chunk);
    if (this.#needsMd5) this.#md5.update(chunk);
    const holds = this.#expected.md5 !== undefined || this.#expected.crc64 !== undefined;
    const ready = holds ? this.#held : chunk;
    if (holds) this.#held = chunk;
    done(null, ready);
  }

  override _flush(done: TransformCallback): void {
    this.#sums = {
      crc64: this.#crc64.toHeader(),
      md5: this.#needsMd5 ? this.#md5.digest("base64") : undefined,
    };
    done(mismatch(this.#expected, this.#sums), this.#held);
  }
}

function mismatch(
  expected: ExpectedChecksum,
  sums: { readonly crc64: string; readonly md5: string | undefined },
): StorageError | null {
  if (expected.md5 !== undefined && expected.md5 !== sums.md5) {
    return new StorageError(
      400,
      "Md5Mismatch",
      "The MD5 value specified in the request did not match with the MD5 value calculated by the server.",
      { UserSpecifiedMd5: expected.md5, ServerCalculatedMd5: sums.md5 ?? "" },
    );
  }
  if (expected.crc64 !== undefined && expected.crc64 !== sums.crc64) {
    return new StorageError(
      400,
      "Crc64Mismatch",
      "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.",
      { UserSpecifiedCrc64: expected.crc64, ServerCalculatedCrc64: sums.crc64 },
    );
  }
  return null;
}
