import { isCrc, newDigest } from "./algorithm.ts";
import type { Algorithm, CrcAlgorithm } from "./algorithm.ts";

/** Reflected generator polynomials. CRC-64/NVME: NVM Express base specification. */
const POLYNOMIALS: Readonly<Record<CrcAlgorithm, bigint>> = {
  CRC32: 0xedb88320n,
  CRC32C: 0x82f63b78n,
  CRC64NVME: 0x9a6c9329ac4bc9b5n,
};

/** A part's checksum and its length in bytes. */
export interface Piece {
  readonly checksum: Buffer;
  readonly size: number;
}

/**
 * The CRC of pieces joined, from their CRCs alone: appending n bytes multiplies the CRC by x^8n
 * in GF(2)[x] modulo the polynomial (as zlib's crc32_combine).
 */
export function combineCrc(algorithm: CrcAlgorithm, pieces: readonly Piece[]): Buffer {
  const poly = POLYNOMIALS[algorithm];
  const width = algorithm === "CRC64NVME" ? 64 : 32;
  const powers = new Map<number, bigint>();
  let value = 0n;
  for (const { checksum, size } of pieces) {
    const power = powers.get(size) ?? powerOfX(8n * BigInt(size), poly, width);
    powers.set(size, power);
    value = multiply(power, value, poly, width) ^ BigInt(`0x${checksum.toString("hex")}`);
  }
  return Buffer.from(value.toString(16).padStart(width / 4, "0"), "hex");
}

/** The checksum of checksums that a multipart object has when its type is COMPOSITE: base64 and the number of parts. */
export function compositeChecksum(algorithm: Algorithm | "MD5", parts: readonly Buffer[]): string {
  const digest = newDigest(algorithm);
  for (const part of parts) digest.update(part);
  const encoding = algorithm === "MD5" ? "hex" : "base64";
  return `${digest.result().toString(encoding)}-${parts.length}`;
}

/** The checksum of a whole multipart object from its parts' checksums, base64. */
export function joinChecksums(
  algorithm: Algorithm,
  type: "FULL_OBJECT" | "COMPOSITE",
  pieces: readonly Piece[],
): string {
  if (type === "COMPOSITE" || !isCrc(algorithm)) {
    return compositeChecksum(
      algorithm,
      pieces.map((piece) => piece.checksum),
    );
  }
  return combineCrc(algorithm, pieces).toString("base64");
}

/** x^n modulo the polynomial; in reflected form the top bit stands for x^0. */
function powerOfX(exponent: bigint, poly: bigint, width: number): bigint {
  let result = 1n << BigInt(width - 1);
  let square = 1n << BigInt(width - 2);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(result, square, poly, width);
    square = multiply(square, square, poly, width);
  }
  return result;
}

function multiply(a: bigint, b: bigint, poly: bigint, width: number): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = 1n << BigInt(width - 1); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ poly : shifted >> 1n;
  }
  return product;
}
