import { createHash } from "node:crypto";

const TOKEN = 32;

/** The bytes of one version of one key: a token of the two, over and over, so that a mixture of two versions can be told from any of them. */
export function bodyOf(key: string, version: number, size: number): Buffer {
  const token = createHash("sha256").update(`${key}\n${version}`).digest();
  return Buffer.alloc(size, token);
}

/** Whether the bytes are those of one version: the same token over and over. What is shorter than a token cannot be torn in a way that shows. */
export function isWhole(bytes: Buffer): boolean {
  if (bytes.length <= TOKEN) return true;
  return bytes.equals(Buffer.alloc(bytes.length, bytes.subarray(0, TOKEN)));
}
