import { hash } from "node:crypto";

/** Of SHA-256, in bytes. */
const BLOCK = 64;
const DIGEST = 32;

/**
 * HMAC-SHA256 under one key, in hex, of texts in Latin-1 (RFC 2104): by two hashes in one call each, which take a third of the time of `createHmac` and leave nothing to
 * collect. Copying a small object signs once.
 */
export function hmacSha256(key: Buffer): (text: string) => string {
  const outer = padded(key, 0x5c, DIGEST);
  let inner = padded(key, 0x36, 512);
  return (text) => {
    if (text.length > inner.length - BLOCK) inner = padded(key, 0x36, text.length);
    const end = BLOCK + inner.write(text, BLOCK, "latin1");
    outer.write(hash("sha256", inner.subarray(0, end), "binary"), BLOCK, "latin1");
    return hash("sha256", outer);
  };
}

/** The key, mixed with a byte, and room behind it. */
function padded(key: Buffer, mixed: number, room: number): Buffer {
  const bytes = Buffer.alloc(BLOCK + room);
  bytes.set(key.length > BLOCK ? hash("sha256", key, "buffer") : key);
  for (let at = 0; at < BLOCK; at += 1) bytes[at] = (bytes[at] ?? 0) ^ mixed;
  return bytes;
}
