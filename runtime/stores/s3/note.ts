import { createHash } from "node:crypto";
import { crc64 } from "../../checksum/crc64.ts";
import type { Block, Staging } from "../contract.ts";
import type { Part } from "./uploads.ts";

/** The part that is never joined: it only tells what its upload is for. */
export const NOTE_PART = 10_000;
/** A size that no last part of ten thousand has but by chance: by it an upload of ours is told from another tool's. */
const NOTE_BYTES = 521;

/**
 * A multipart upload shows nothing of what it is for but its parts' sizes and checksums. So the last possible part holds a digest of it: the pin,
 * the cut, and the properties, which S3 took when the upload began. Any worker that is to do the same finds it by the note's checksum.
 */
export function noteOf(staging: Staging): Block {
  const { pin, size, cut, properties } = staging;
  const kept = { ...properties, contentMd5: undefined };
  const digest = createHash("sha256")
    .update(JSON.stringify([pin.version ?? "", pin.etag, size, cut.blockSize, cut.blocks, kept]))
    .digest("hex");
  const bytes = Buffer.alloc(NOTE_BYTES, "\n");
  bytes.write(`causeway 1\n${digest}\n`);
  return { bytes, crc: crc64(bytes) };
}

/** Whether the part is this very note. Where a server keeps no CRC-64 its ETag is the MD5. */
export function isNote(part: Part, note: Block): boolean {
  if (!isSomeNote(part)) return false;
  if (part.crc !== undefined) return part.crc === note.crc;
  return part.etag === createHash("md5").update(note.bytes).digest("hex");
}

/** Whether the part is the note of some upload of ours. */
export function isSomeNote(part: Part): boolean {
  return part.number === NOTE_PART && part.size === NOTE_BYTES;
}
