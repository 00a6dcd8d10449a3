import { combineAllCrc64 } from "../checksum/combine.ts";
import { CloudError } from "../errors.ts";
import { cutOf, rangeOf } from "../stores/cut.ts";
import type {
  Expecting,
  Source,
  SourceObject,
  StagedBlock,
  Target,
  TargetProperties,
  Upload,
} from "../stores/contract.ts";
import type { Budget } from "./budget.ts";
import { readBlock } from "./read.ts";
import { OrderedMd5, needsMd5, verify, type Checksum } from "./verify.ts";

/** What bounds a worker: requests and bytes in flight over all its objects. */
export interface Bounds {
  /** Ranges being read or staged. */
  readonly ranges: Budget;
  /** Bytes of blocks that are held. */
  readonly bytes: Budget;
}

export interface StreamCopy {
  readonly source: Source;
  readonly object: SourceObject;
  readonly target: Target;
  readonly name: string;
  readonly properties: TargetProperties;
  readonly expecting: Expecting;
  /** What to do with blocks that are staged already: after a checksum that did not fit, nothing. */
  readonly staged: "continue" | "ignore";
  readonly bounds: Bounds;
  readonly signal: AbortSignal;
}

export interface Copied {
  readonly checksum: Checksum;
  /** Bytes read from the source by this copy; the rest another worker had staged. */
  readonly bytesRead: number;
}

/** Copies one object through this process: pinned reads, checked blocks, a conditional commit. */
export function streamCopy(copy: StreamCopy): Promise<Copied> {
  return copy.object.size <= copy.target.putLimit ? copyWhole(copy) : copyStaged(copy);
}

/** A small object: one read, one conditional write. */
async function copyWhole(copy: StreamCopy): Promise<Copied> {
  const { object, bounds, signal } = copy;
  const free = await bounds.bytes.take(Math.max(object.size, 16 * 1024), signal);
  const leave = await bounds.ranges.take(1, signal).catch((error: unknown) => {
    free();
    throw error;
  });
  try {
    const reading = { source: copy.source, key: object.key, pin: object.pin };
    const block = await readBlock(reading, { start: 0, end: object.size }, signal);
    const md5 = needsMd5(object) ? new OrderedMd5() : undefined;
    await md5?.add(0, block, signal);
    const checksum = proven(copy, block.crc, md5?.digest());
    await copy.target.put(copy.name, block, copy.properties, copy.expecting, signal);
    return { checksum, bytesRead: object.size };
  } finally {
    leave();
    free();
  }
}

/** A large object: what is staged already is kept, the rest is read and staged in parallel, then the whole is proven and committed. */
async function copyStaged(copy: StreamCopy): Promise<Copied> {
  const { object, target, signal } = copy;
  const cut = cutOf(object.size);
  const staging = { name: copy.name, pin: object.pin, size: object.size, cut };
  const { blocks, upload } = await target.staged(staging, signal);
  const there = copy.staged === "continue" ? blocks : [];
  const staged = new Map(there.map((block) => [block.index, block]));
  const missing = Array.from({ length: cut.blocks }, (_, index) => index).filter(
    (index) => !staged.has(index),
  );
  // What was staged before is not read again, so an MD5 of the whole cannot be had: the blocks' checked CRCs must do.
  const md5 = needsMd5(object) && there.length === 0 ? new OrderedMd5() : undefined;
  for (const block of await stageAll(copy, upload, missing, md5)) staged.set(block.index, block);
  const whole = [...staged.values()].toSorted((a, b) => a.index - b.index);
  const checksum = proven(copy, combineAllCrc64(whole), md5?.digest());
  await upload.commit(whole, copy.properties, copy.expecting, signal);
  const bytesRead = missing.reduce((sum, index) => {
    const { start, end } = rangeOf(cut, object.size, index);
    return sum + end - start;
  }, 0);
  return { checksum, bytesRead };
}

/** Reads and stages the blocks in parallel as far as the bounds allow. The first failure stops the others and is thrown. */
async function stageAll(
  copy: StreamCopy,
  upload: Upload,
  missing: readonly number[],
  md5: OrderedMd5 | undefined,
): Promise<StagedBlock[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([copy.signal, stop.signal]);
  const done: StagedBlock[] = [];
  const running = new Set<Promise<void>>();
  let failed: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failed ??= { error };
    stop.abort();
  };
  for (const index of missing) {
    try {
      // Permits are taken here, in order of the index: the lowest block in flight can always go on, also where an MD5 waits for its turn.
      const release = await permits(copy, index, signal);
      const one: Promise<void> = stageOne(copy, upload, index, md5, signal)
        .then((block) => void done.push(block), fail)
        .finally(() => {
          release();
          running.delete(one);
        });
      running.add(one);
    } catch (error) {
      fail(error);
    }
    if (failed !== undefined) break;
  }
  await Promise.all(running);
  if (failed !== undefined) throw failed.error;
  return done;
}

async function stageOne(
  copy: StreamCopy,
  upload: Upload,
  index: number,
  md5: OrderedMd5 | undefined,
  signal: AbortSignal,
): Promise<StagedBlock> {
  const { object, source } = copy;
  const range = rangeOf(cutOf(object.size), object.size, index);
  const block = await readBlock({ source, key: object.key, pin: object.pin }, range, signal);
  const [staged] = await Promise.all([
    upload.stage(index, block, signal),
    md5?.add(index, block, signal),
  ]);
  return staged;
}

async function permits(copy: StreamCopy, index: number, signal: AbortSignal): Promise<() => void> {
  const { start, end } = rangeOf(cutOf(copy.object.size), copy.object.size, index);
  const free = await copy.bounds.bytes.take(end - start, signal);
  try {
    const leave = await copy.bounds.ranges.take(1, signal);
    return () => {
      leave();
      free();
    };
  } catch (error) {
    free();
    throw error;
  }
}

function proven(copy: StreamCopy, crc64: bigint, md5: Buffer | undefined): Checksum {
  const verdict = verify(copy.object, crc64, md5);
  if (verdict.ok) return verdict.checksum;
  throw new CloudError({
    service: "s3",
    action: "s3:GetObject",
    subject: copy.object.key,
    code: "ChecksumMismatch",
    status: 0,
    said: verdict.reason,
  });
}
