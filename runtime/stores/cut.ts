import type { Cut, Range } from "./contract.ts";

const MiB = 1024 * 1024;
const SMALLEST_BLOCK = 8 * MiB;
/** Azure commits at most so many blocks. */
const MOST_BLOCKS = 50_000;

/** How an object of this size is cut: 8 MiB blocks, doubled until 50,000 of them hold it. Depends on nothing else. */
export function cutOf(size: number): Cut {
  let blockSize = SMALLEST_BLOCK;
  while (blockSize * MOST_BLOCKS < size) blockSize *= 2;
  return { blockSize, blocks: Math.ceil(size / blockSize) };
}

export function rangeOf(cut: Cut, size: number, index: number): Range {
  const start = index * cut.blockSize;
  return { start, end: Math.min(size, start + cut.blockSize) };
}

export function lengthOf(cut: Cut, size: number, index: number): number {
  const { start, end } = rangeOf(cut, size, index);
  return end - start;
}
