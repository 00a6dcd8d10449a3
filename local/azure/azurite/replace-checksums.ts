import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { Crc64 } from "../front/crc64.ts";

interface Wanted {
  readonly md5?: unknown;
  readonly crc64?: unknown;
}

interface Calculated {
  readonly md5: Uint8Array | undefined;
  readonly crc64: Uint8Array | undefined;
}

/**
 * Azurite computes CRC-64 byte by byte in JavaScript, which halves the speed of every Put Block. The same
 * function over the native implementation; what is compared, and with which error, stays Azurite's.
 */
export function replaceChecksums(require: NodeJS.Require): void {
  const utilities = require("azurite/dist/src/common/utils/utils.js") as {
    computeTransactionalChecksums: typeof computeChecksums;
  };
  utilities.computeTransactionalChecksums = computeChecksums;
}

async function computeChecksums(
  stream: Readable,
  expected: Wanted,
  force: { readonly md5?: boolean; readonly crc64?: boolean } = {},
): Promise<Calculated> {
  const md5 = expected.md5 !== undefined || force.md5 === true ? createHash("md5") : undefined;
  const crc64 = expected.crc64 !== undefined || force.crc64 === true ? new Crc64() : undefined;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    md5?.update(chunk);
    crc64?.update(chunk);
  }
  return { md5: md5 && new Uint8Array(md5.digest()), crc64: crc64?.digest() };
}
