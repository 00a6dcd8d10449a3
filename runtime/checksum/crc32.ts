/**
 * CRC-32 (zlib's) of a whole from the CRCs of its parts, as combine.ts does for CRC-64: multiplication by x^(8 * length of B) modulo the
 * polynomial. Polynomials are held reflected: bit 31 is x^0.
 */
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;

/** The CRC of parts that follow one another, in order. Lengths in bytes. */
export function combineAllCrc32(
  parts: Iterable<{ readonly crc: number; readonly length: number }>,
): number {
  let whole = 0;
  for (const { crc, length } of parts) whole = (multiply(shiftBy(length), whole) ^ crc) >>> 0;
  return whole;
}

/** Base64 of the big-endian bytes, as S3's x-amz-checksum-crc32 writes it. */
export function crc32ToS3Base64(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString("base64");
}

// Blocks of one object share a length, and there are few block lengths: the factor is worth keeping.
const factors = new Map<number, number>();

function shiftBy(bytes: number): number {
  const known = factors.get(bytes);
  if (known !== undefined) return known;
  const factor = powerOf(bytes);
  if (factors.size > 256) factors.clear();
  factors.set(bytes, factor);
  return factor;
}

/** x^(8 * bytes) modulo the polynomial. */
function powerOf(bytes: number): number {
  let factor = ONE;
  // x^8 stands for one byte.
  let power = ONE >>> 8;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) factor = multiply(power, factor);
    power = multiply(power, power);
  }
  return factor;
}

/** The product of two polynomials modulo the polynomial. */
function multiply(a: number, b: number): number {
  let product = 0;
  let factor = b;
  for (let mask = ONE; mask !== 0; mask >>>= 1) {
    if ((a & mask) !== 0) product ^= factor;
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return product >>> 0;
}
