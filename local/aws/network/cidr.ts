/** An IPv4 range; `base` is its first address as a number. */
export interface Cidr {
  readonly base: number;
  readonly bits: number;
}

/** Undefined when the text is no canonical IPv4 range (host bits set, octets out of bounds). */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || bits > 32) return undefined;
  const base = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  return base % sizeOf({ base, bits }) === 0 ? { base, bits } : undefined;
}

export function formatCidr({ base, bits }: Cidr): string {
  return `${formatAddress(base)}/${bits}`;
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** The number of addresses. */
export function sizeOf({ bits }: Cidr): number {
  return 2 ** (32 - bits);
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return (
    inner.bits >= outer.bits && inner.base >= outer.base && inner.base < outer.base + sizeOf(outer)
  );
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return contains(a, b) || contains(b, a);
}

/** The n-th range of `bits` bits inside `outer`; it may lie past the end of `outer`. */
export function subnetOf(outer: Cidr, bits: number, n: number): Cidr {
  return { base: outer.base + n * sizeOf({ base: 0, bits }), bits };
}

/** The first range of `bits` bits that begins after `previous`. */
export function nextAfter(previous: Cidr, bits: number): Cidr {
  const size = sizeOf({ base: 0, bits });
  const end = previous.base + sizeOf(previous);
  return { base: Math.ceil(end / size) * size, bits };
}
