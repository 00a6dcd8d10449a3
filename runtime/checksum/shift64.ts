/**
 * What zero bytes behind it do to a CRC-64/NVME: multiplication by x^8 each, modulo the polynomial. It is linear over GF(2), so the product is the xor of those of
 * the CRC's eight bytes, which tables hold; and 2^n bytes at once have tables of their own. Polynomials are held reflected: bit 63 is x^0.
 */
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

/** The products of each value of each byte, 8 x 256, as upper and lower halves; the CRC's lowest byte first. */
interface Shift {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

const crc = new DataView(new ArrayBuffer(8));

/** `value` multiplied by x^8 as often as there are bytes. */
export function shift64(value: bigint, bytes: number): bigint {
  crc.setBigUint64(0, value);
  let n = 0;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) apply(shifts[n] ?? shiftOf(n));
    n += 1;
  }
  return crc.getBigUint64(0);
}

function apply({ high, low }: Shift): void {
  let resultHigh = 0;
  let resultLow = 0;
  let half = crc.getUint32(4);
  for (let table = 0; table < 2048; table += 256) {
    if (table === 1024) half = crc.getUint32(0);
    const at = table + (half & 0xff);
    resultHigh ^= high[at] ?? 0;
    resultLow ^= low[at] ?? 0;
    half >>>= 8;
  }
  crc.setUint32(0, resultHigh);
  crc.setUint32(4, resultLow);
}

const shifts: Shift[] = [];

/** By 2^n bytes: twice that by 2^(n-1). Made when first needed; there are no more than a length has bits. */
function shiftOf(n: number): Shift {
  const under = crc.getBigUint64(0);
  let last = shifts[shifts.length - 1] ?? tablesOf(byOneByte);
  if (shifts.length === 0) shifts.push(last);
  while (shifts.length <= n) {
    const half = last;
    last = tablesOf(() => {
      apply(half);
      apply(half);
    });
    shifts.push(last);
  }
  crc.setBigUint64(0, under);
  return last;
}

/** Tables of a linear step, from what it makes of single bits. */
function tablesOf(step: () => void): Shift {
  const high = new Uint32Array(2048);
  const low = new Uint32Array(2048);
  for (let bit = 0; bit < 64; bit += 1) {
    crc.setBigUint64(0, 1n << BigInt(bit));
    step();
    const table = (bit >> 3) * 256;
    const own = 1 << (bit & 7);
    // With this bit: what the bits below it make, and this bit's own.
    for (let value = own; value < 2 * own; value += 1) {
      high[table + value] = crc.getUint32(0) ^ (high[table + value - own] ?? 0);
      low[table + value] = crc.getUint32(4) ^ (low[table + value - own] ?? 0);
    }
  }
  return { high, low };
}

function byOneByte(): void {
  let high = crc.getUint32(0);
  let low = crc.getUint32(4);
  for (let bit = 0; bit < 8; bit += 1) {
    const odd = (low & 1) === 1;
    low = (low >>> 1) | ((high & 1) << 31);
    high >>>= 1;
    if (odd) {
      high ^= POLYNOMIAL_HIGH;
      low ^= POLYNOMIAL_LOW;
    }
  }
  crc.setUint32(0, high);
  crc.setUint32(4, low);
}
