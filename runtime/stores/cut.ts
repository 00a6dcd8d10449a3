import type { Cut, Range } from "./contract.ts";

const MiB = 1024 * 1024;

/** How a kind of staging may cut. */
export interface CutRules {
  /** The block that objects are cut into as long as `most` of them hold it, in bytes. */
  readonly block: number;
  /** How many blocks an object may have. */
  readonly most: number;
}

/**
 * Through us, to Azure. A block is what a worker holds in memory and loses when it dies; at 8 MiB the writes of a TiB cost below a hundredth of its egress.
 * Azure commits at most 50,000 of them.
 */
export const STREAMED_TO_AZURE: CutRules = { block: 8 * MiB, most: 50_000 };

/** Read by Azure itself, which holds nothing of ours: fewer requests, still parallel, and little to read again. Put Block From URL takes 4,000 MiB. */
export const BY_URL_TO_AZURE: CutRules = { block: 32 * MiB, most: 50_000 };

/** How an object of this size is cut: the smallest block, doubled until the object fits. Depends on nothing else. */
export function cutOf(size: number, rules: CutRules = STREAMED_TO_AZURE): Cut {
  let blockSize = rules.block;
  while (blockSize * rules.most < size) blockSize *= 2;
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
