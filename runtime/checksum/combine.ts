/**
 * CRC-64/NVME of a whole from the CRCs of its parts, without the bytes: a CRC is linear over GF(2), so the CRC of
 * A followed by B is CRC(A) multiplied by x^(8 * length of B) modulo the polynomial, xor CRC(B) (zlib's crc32_combine).
 * Polynomials are held reflected: bit 63 is x^0.
 */
const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const ONE = 1n << 63n;

/** CRC-64/NVME of nothing. */
export const EMPTY_CRC64 = 0n;

/** The CRC of A followed by B. `lengthOfB` in bytes. */
export function combineCrc64(crcOfA: bigint, crcOfB: bigint, lengthOfB: number): bigint {
  return multiply(shiftBy(lengthOfB), crcOfA) ^ crcOfB;
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
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(crc);
  return bytes.toString("base64");
}

/** Base64 of the little-endian bytes, as Azure's x-ms-content-crc64 writes it. */
export function toAzureBase64(crc: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(crc);
  return bytes.toString("base64");
}

/** Undefined when the text is not the base64 of eight bytes. */
export function fromS3Base64(text: string): bigint | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.length === 8 ? bytes.readBigUInt64BE() : undefined;
}

// Blocks of one object share a length, and there are few block lengths: the factor is worth keeping.
const factors = new Map<number, bigint>();

/** x^(8 * bytes) modulo the polynomial. */
function shiftBy(bytes: number): bigint {
  const known = factors.get(bytes);
  if (known !== undefined) return known;
  let factor = ONE;
  let bit = 3; // x^(2^3) stands for one byte
  for (let rest = BigInt(bytes); rest > 0n; rest >>= 1n, bit += 1) {
    if ((rest & 1n) === 1n) factor = multiply(powerOfTwo(bit), factor);
  }
  if (factors.size > 256) factors.clear();
  factors.set(bytes, factor);
  return factor;
}

const powers: bigint[] = [ONE >> 1n];

/** x^(2^n) modulo the polynomial. */
function powerOfTwo(n: number): bigint {
  let last = powers[powers.length - 1] ?? ONE;
  while (powers.length <= n) {
    last = multiply(last, last);
    powers.push(last);
  }
  return powers[n] ?? last;
}

/** The product of two polynomials modulo the polynomial. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let factor = b;
  for (let mask = ONE; mask > 0n; mask >>= 1n) {
    if ((a & mask) !== 0n) product ^= factor;
    factor = (factor & 1n) === 1n ? (factor >> 1n) ^ POLYNOMIAL : factor >> 1n;
  }
  return product;
}
