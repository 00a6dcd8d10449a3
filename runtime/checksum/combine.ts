import { shift64 } from "./shift64.ts";

/**
 * CRC-64/NVME of a whole from the CRCs of its parts, without the bytes: a CRC is linear over GF(2), so the CRC of
 * A followed by B is CRC(A) multiplied by x^(8 * length of B) modulo the polynomial, xor CRC(B) (zlib's crc32_combine).
 */

/** CRC-64/NVME of nothing. */
export const EMPTY_CRC64 = 0n;

/** The CRC of A followed by B. `lengthOfB` in bytes. */
export function combineCrc64(crcOfA: bigint, crcOfB: bigint, lengthOfB: number): bigint {
  return shift64(crcOfA, lengthOfB) ^ crcOfB;
}

/** The CRC of parts that follow one another, in order. Lengths in bytes. */
export function combineAllCrc64(
  parts: Iterable<{ readonly crc: bigint; readonly length: number }>,
): bigint {
  let whole = EMPTY_CRC64;
  for (const part of parts) whole = combineCrc64(whole, part.crc, part.length);
  return whole;
}

/** Base64 of the big-endian bytes, as S3's x-amz-checksum-crc64nvme writes it. */
export function toS3Base64(crc: bigint): string {
  eight.setBigUint64(0, crc);
  return eightBytes.toString("base64");
}

/** Base64 of the little-endian bytes, as Azure's x-ms-content-crc64 writes it. */
export function toAzureBase64(crc: bigint): string {
  eight.setBigUint64(0, crc, true);
  return eightBytes.toString("base64");
}

// Every object asks several times: a DataView turns a bigint into bytes in a fraction of a Buffer's time.
const eight = new DataView(new ArrayBuffer(8));
const eightBytes = Buffer.from(eight.buffer);

/** The inverse of `toS3Base64`; undefined when the text is not the base64 of eight bytes. */
export function fromS3Base64(text: string): bigint | undefined {
  return readEight(text) ? eight.getBigUint64(0) : undefined;
}

/** The inverse of `toAzureBase64`. */
export function fromAzureBase64(text: string): bigint | undefined {
  return readEight(text) ? eight.getBigUint64(0, true) : undefined;
}

function readEight(text: string): boolean {
  // What is longer would be cut off.
  const fits = text.length <= (text.endsWith("=") ? 12 : 11);
  return fits && eightBytes.write(text, "base64") === 8;
}
