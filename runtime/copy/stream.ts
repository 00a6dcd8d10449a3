import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { combineAllCrc64 } from "../checksum/combine.ts";
import { crc64 } from "../checksum/crc64.ts";
import { rangeOf } from "../stores/cut.ts";
import type { Cut, StagedBlock, Upload } from "../stores/contract.ts";
import type { Copied, Copy } from "./copy.ts";
import { inLanes } from "./lanes.ts";
import { prove } from "./prove.ts";
import { readInto } from "./read.ts";
import { BlockCrc32, OrderedMd5, needsHash, type Hashes } from "./verify.ts";
import type { Work } from "./work.ts";

/** Blocks of one object that travel at once, where the means do not say. */
export const RANGES = 16;

/** Copies one object through this process: pinned reads, checked blocks, a conditional commit. */
export function streamCopy(copy: Copy, cut: "whole" | "blocks"): Promise<Copied> {
  if (copy.bytes !== undefined) return putWhole(copy, copy.bytes);
  return cut === "whole" ? readWhole(copy) : copyStaged(copy);
}

async function readWhole(copy: Copy): Promise<Copied> {
  const { size } = copy.object;
  return withBuffer(copy.work, size, async (bytes) => {
    await readRange(copy, { start: 0, end: size }, bytes);
    return putWhole(copy, bytes);
  });
}

async function putWhole(copy: Copy, bytes: Buffer): Promise<Copied> {
  const { work, properties } = copy;
  const crc = crc64(bytes);
  const checksum = prove(copy, hashesOf(copy, bytes, crc), "computed");
  const copied: Copied = { how: "stream", checksum };
  copy.progress.sent = { pin: copy.object.pin.text, copied };
  const block = { bytes, crc };
  await work.target.store.put(copy.name, block, properties, copy.expecting, work.signal);
  return copied;
}

function hashesOf(copy: Copy, bytes: Buffer, crc: bigint): Hashes {
  switch (needed(copy)) {
    case "crc32":
      return { crc64: crc, crc32: crc32(bytes) };
    case "md5":
      return { crc64: crc, md5: hash("md5", bytes, "buffer") };
    default:
      return { crc64: crc };
  }
}

/** A large object: what is staged already is kept, the rest is read and staged in parallel, then the whole is proven and committed. */
async function copyStaged(copy: Copy): Promise<Copied> {
  const { object, work, properties, name } = copy;
  const { store } = work.target;
  const cut = store.cut(object.size, "stream");
  const staging = { name, pin: object.pin, size: object.size, cut, properties, noteCrcs: false };
  const { blocks, upload } = await store.staged(staging, work.signal);
  const staged = new Map<number, Checked>();
  if (copy.progress.staged === "continue") {
    for (const block of blocks) {
      if (!hasCrc(block)) continue;
      staged.set(block.index, block);
      work.means.onArrived?.(name, block.length);
    }
  }
  const missing = indexes(cut).filter((index) => !staged.has(index));
  // What was staged before is not read again, so no other hash of the whole can be had: the blocks' checked CRCs must do.
  const hasher = staged.size === 0 ? hasherFor(needed(copy)) : undefined;
  for (const block of await stageAll(copy, cut, upload, missing, hasher)) {
    staged.set(block.index, block);
  }
  const whole = [...staged.values()].sort((a, b) => a.index - b.index);
  const crc = combineAllCrc64(whole);
  const hashes = { crc64: crc, ...hasher?.hashes() };
  const checksum = prove(copy, hashes, "computed");
  const proven =
    hashes.md5 !== undefined && checksum.algorithm === "MD5"
      ? { ...properties, contentMd5: hashes.md5 }
      : properties;
  const copied: Copied = { how: "stream", checksum };
  copy.progress.sent = { pin: object.pin.text, copied };
  await upload.commit(whole, proven, copy.expecting, crc, work.signal);
  return copied;
}

type Checked = StagedBlock & { readonly crc: bigint };

function hasCrc(block: StagedBlock): block is Checked {
  return block.crc !== undefined;
}

function stageAll(
  copy: Copy,
  cut: Cut,
  upload: Upload,
  missing: readonly number[],
  hasher: Hasher | undefined,
): Promise<Checked[]> {
  const { object, work } = copy;
  const stageOne = (index: number): Promise<Checked> => {
    const range = rangeOf(cut, object.size, index);
    const length = range.end - range.start;
    return withBuffer(work, length, async (bytes) => {
      await readRange(copy, range, bytes);
      const crc = crc64(bytes);
      const stage = upload.stage(index, { bytes, crc }, work.signal);
      // Nobody waits for it while the hash waits for its turn.
      stage.catch(() => undefined);
      try {
        await hasher?.add(index, bytes);
      } finally {
        await stage.catch(() => undefined);
      }
      await stage;
      work.means.onArrived?.(copy.name, length);
      return { index, length, crc };
    });
  };
  const most = work.means.ranges ?? RANGES;
  return inLanes(missing, most, stageOne, () => hasher?.stop());
}

async function readRange(
  copy: Copy,
  range: { readonly start: number; readonly end: number },
  into: Buffer,
): Promise<void> {
  const { work, object, progress } = copy;
  await work.means.rate?.take(range.end - range.start, work.signal);
  const onBytes = (bytes: number): void => {
    progress.bytesRead += bytes;
  };
  const reading = { source: work.source, key: object.key, pin: object.pin, onBytes };
  await readInto(reading, range, into, work.signal);
}

/** Lends `size` bytes of a pooled buffer. */
export async function withBuffer<T>(
  { means, signal }: Work,
  size: number,
  use: (bytes: Buffer) => Promise<T>,
): Promise<T> {
  const buffer = means.buffers.tryTake(size) ?? (await means.buffers.take(size, signal));
  try {
    return await use(buffer.subarray(0, size));
  } finally {
    means.buffers.give(buffer);
  }
}

/** A hash of the whole that is made block by block. */
interface Hasher {
  add(index: number, bytes: Buffer): Promise<void> | undefined;
  hashes(): Partial<Hashes>;
  stop(): void;
}

function hasherFor(kind: "crc32" | "md5" | undefined): Hasher | undefined {
  if (kind === "md5") {
    const md5 = new OrderedMd5();
    return {
      add: (index, bytes) => md5.add(index, bytes),
      hashes: () => ({ md5: md5.digest() }),
      stop: () => md5.stop(),
    };
  }
  if (kind === undefined) return undefined;
  const crcs = new BlockCrc32();
  return {
    add: (index, bytes) => {
      crcs.add(index, crc32(bytes), bytes.length);
      return undefined;
    },
    hashes: () => ({ crc32: crcs.whole() }),
    stop: () => undefined,
  };
}

function needed({ work, object }: Copy): "crc32" | "md5" | undefined {
  const { reach } = work.means;
  return needsHash(object, reach.trustsMd5(work.source.label) ? "trusted" : "not-trusted");
}

function indexes(cut: Cut): number[] {
  return Array.from({ length: cut.blocks }, (_, index) => index);
}
