import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

import * as crt from "aws-crt/dist/native/checksums.js";

/** The additional checksums of S3 that this server knows, as the API names them. */
export const ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
export type CrcAlgorithm = "CRC32" | "CRC32C" | "CRC64NVME";

/** FULL_OBJECT covers the bytes; COMPOSITE covers the checksums of the parts. */
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

export const CHECKSUM_BYTES: Readonly<Record<Algorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** A checksum in the making. */
export interface Digest {
  update(bytes: Buffer): void;
  /** Big-endian, as the headers carry it; call once, at the end. */
  result(): Buffer;
}

export function newDigest(algorithm: Algorithm | "MD5"): Digest {
  switch (algorithm) {
    case "MD5":
    case "SHA1":
    case "SHA256":
      return hashDigest(algorithm.toLowerCase());
    case "CRC32":
      return crcDigest((bytes, previous) => crc32(bytes, previous));
    case "CRC32C":
      return crcDigest((bytes, previous) => crt.crc32c(bytes, previous));
    case "CRC64NVME":
      return crc64Digest();
  }
}

export function isAlgorithm(name: string): name is Algorithm {
  return (ALGORITHMS as readonly string[]).includes(name);
}

export function isCrc(algorithm: Algorithm): algorithm is CrcAlgorithm {
  return algorithm.startsWith("CRC");
}

/** `x-amz-checksum-crc64nvme` */
export function checksumHeader(algorithm: Algorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** `ChecksumCRC64NVME`, as XML names it. */
export function checksumElement(algorithm: Algorithm): string {
  return `Checksum${algorithm}`;
}

function hashDigest(name: string): Digest {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), result: () => hash.digest() };
}

function crcDigest(step: (bytes: Buffer, previous: number) => number): Digest {
  let value = 0;
  return {
    update: (bytes) => {
      value = step(bytes, value);
    },
    result: () => {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(value >>> 0);
      return out;
    },
  };
}

function crc64Digest(): Digest {
  let value: DataView = new DataView(new ArrayBuffer(8));
  return {
    update: (bytes) => {
      value = crt.crc64nvme(bytes, value);
    },
    result: () => Buffer.from(value.buffer, value.byteOffset, 8),
  };
}
