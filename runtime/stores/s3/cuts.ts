import type { Cut } from "../contract.ts";

const MiB = 1024 * 1024;
/** Part 10,000 is the note's. */
const MOST_PARTS = 9_999;
const BIGGEST_PART = 5 * 1024 * MiB;
const STREAMED_PART = 8 * MiB;
/** S3 copies 50 to 100 MB a second of one part: a part a second, and many of them at once. */
const COPIED_PART = 64 * MiB;
const MANY_COPIED_PARTS = 2_000;

/**
 * How an object is cut into parts (5 MiB to 5 GiB each but the last, 10,000 at most). Streamed parts lie in memory, so they stay as small as their
 * number allows; copied ones cost us only their requests.
 */
export function cutIntoParts(size: number, by: "stream" | "url"): Cut {
  const fewest = size / MOST_PARTS;
  const wanted = by === "stream" ? STREAMED_PART : Math.max(COPIED_PART, size / MANY_COPIED_PARTS);
  const blockSize = wholeMiB(Math.max(fewest, Math.min(wanted, BIGGEST_PART)));
  return { blockSize, blocks: Math.ceil(size / blockSize) };
}

function wholeMiB(bytes: number): number {
  return Math.ceil(bytes / MiB) * MiB;
}
