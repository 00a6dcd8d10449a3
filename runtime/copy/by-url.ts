import { combineAllCrc64, toS3Base64 } from "../checksum/combine.ts";
import { CloudError } from "../errors.ts";
import { lengthOf, rangeOf } from "../stores/cut.ts";
import type { FromUrl, Reference, SourceObject, StagedBlock, Upload } from "../stores/contract.ts";
import type { Copied, Copy } from "./copy.ts";
import { inLanes } from "./lanes.ts";
import { mismatch, prove } from "./prove.ts";
import { RANGES } from "./stream.ts";
import type { Checksum, Work } from "./work.ts";

/** The target's cloud reads the source by itself: no byte of the object passes through us. */
export function copyByUrl(copy: Copy, from: Reference, cut: "whole" | "blocks"): Promise<Copied> {
  return cut === "whole" ? fromUrlWhole(copy, from) : fromUrlInBlocks(copy, from);
}

function fromUrlWhole(copy: Copy, from: Reference): Promise<Copied> {
  const { means, signal } = copy.work;
  const allowed = means.rate?.take(copy.object.size, signal);
  return allowed === undefined
    ? putFromUrl(copy, from)
    : allowed.then(() => putFromUrl(copy, from));
}

function putFromUrl(copy: Copy, from: Reference): Promise<Copied> {
  const { work, object, name, properties, expecting, progress } = copy;
  const { store, name: target } = work.target;
  const md5 = work.means.reach.trustsMd5(work.source.label) ? object.md5 : undefined;
  const checksum = byMd5(md5);
  work.means.budget?.byUrl(target, object.size);
  progress.sent = { pin: object.pin.text, copied: { how: "url", checksum } };
  const { size } = object;
  return store.putFrom(name, from, size, { md5 }, properties, expecting, work.signal).then(
    (answer) => ({ how: "url", checksum: proofOf(copy, answer, checksum) }),
    (error: unknown) => {
      noteOtherMd5(copy, error);
      throw error;
    },
  );
}

/** Twice another MD5 at the same pin: it is the ETag that is none. */
function noteOtherMd5({ work, object, progress }: Copy, error: unknown): void {
  if (!(error instanceof CloudError) || error.code !== "Md5Mismatch") return;
  if (progress.notMd5ByUrl === object.pin.text) work.means.reach.etagIsNoMd5(work.source.label);
  progress.notMd5ByUrl = object.pin.text;
}

function proofOf(copy: Copy, { crc, proven }: FromUrl, byMd5: Checksum | null): Checksum | null {
  const { object, progress } = copy;
  if (crc !== undefined && object.crc64 !== undefined) {
    const value = toS3Base64(crc);
    if (crc === object.crc64) return { algorithm: "CRC64NVME", value, basis: "source" };
    // It is committed already, with marks that promise what it does not hold.
    progress.again = true;
    throw mismatch(copy, `the target's cloud read bytes with CRC-64/NVME ${value}`);
  }
  if (proven && byMd5 !== null) return byMd5;
  return crc === undefined
    ? null
    : { algorithm: "CRC64NVME", value: toS3Base64(crc), basis: "target" };
}

function byMd5(md5: Buffer | undefined): Checksum | null {
  if (md5 === undefined) return null;
  return { algorithm: "MD5", value: md5.toString("base64"), basis: "source" };
}

/** What is staged already is kept, the rest is read by the target's cloud; then the whole is proven, the pin is checked again, and it is committed. */
async function fromUrlInBlocks(copy: Copy, from: Reference): Promise<Copied> {
  const { work, object, name, properties } = copy;
  const { store } = work.target;
  const cut = store.cut(object.size, "url");
  const comparable = object.crc64 !== undefined;
  const staging = {
    name,
    pin: object.pin,
    size: object.size,
    cut,
    properties,
    noteCrcs: cut.blocks > 1,
  };
  const { blocks, upload } = await store.staged(staging, work.signal);
  const staged = new Map<number, StagedBlock>();
  for (const block of mayContinue(copy) ? blocks : []) {
    // A block whose CRC nobody noted proves nothing: where there is a whole to compare with, it is read again.
    if (comparable && block.crc === undefined) continue;
    staged.set(block.index, block);
    work.means.onArrived?.(name, block.length);
  }
  const missing = Array.from({ length: cut.blocks }, (_, index) => index).filter(
    (index) => !staged.has(index),
  );
  const stageOne = async (index: number): Promise<StagedBlock> => {
    const length = lengthOf(cut, object.size, index);
    await work.means.rate?.take(length, work.signal);
    work.means.budget?.byUrl(work.target.name, length);
    const block = await upload.stageFrom(
      index,
      from,
      rangeOf(cut, object.size, index),
      work.signal,
    );
    work.means.onArrived?.(name, block.length);
    return block;
  };
  for (const block of await inLanes(missing, work.means.ranges ?? RANGES, stageOne)) {
    staged.set(block.index, block);
  }
  return commitProven(copy, upload, [...staged.values()]);
}

/**
 * What Azure read for this pin from a bucket without versions may be what lay there for a moment in between: only a CRC of the whole would tell,
 * or having watched the pin all the while.
 */
function mayContinue({ work, object, progress }: Copy): boolean {
  if (progress.staged === "ignore") return false;
  return object.crc64 !== undefined || pinHolds(work, object);
}

/** Whether each request by URL gets the pinned bytes or fails: versions never change, and S3 as a target takes the condition with each request. */
function pinHolds({ target }: Work, object: SourceObject): boolean {
  return object.pin.version !== undefined || target.store.kind === "s3";
}

async function commitProven(copy: Copy, upload: Upload, blocks: StagedBlock[]): Promise<Copied> {
  const { work, properties, expecting } = copy;
  const whole = blocks.sort((a, b) => a.index - b.index);
  const crc = wholeCrc(whole);
  const checksum = crc === undefined ? null : prove(copy, { crc64: crc }, "target");
  if (checksum === null && copy.object.crc64 !== undefined) {
    throw mismatch(copy, "the target's cloud does not say what it read");
  }
  await checkPin(copy);
  const copied: Copied = { how: "url", checksum };
  copy.progress.sent = { pin: copy.object.pin.text, copied };
  await upload.commit(whole, properties, expecting, crc, work.signal);
  return copied;
}

function wholeCrc(blocks: readonly StagedBlock[]): bigint | undefined {
  const checked: { crc: bigint; length: number }[] = [];
  for (const { crc, length } of blocks) {
    if (crc === undefined) return undefined;
    checked.push({ crc, length });
  }
  return combineAllCrc64(checked);
}

/** A presigned URL without a version gives whatever is there now, so it is looked whether that was the pinned object all the while. */
async function checkPin({ work, object }: Copy): Promise<void> {
  if (pinHolds(work, object)) return;
  const now = await work.source.look(object.key, work.signal);
  if (now.state === "present" && sameWrite(now.object, object)) return;
  throw new CloudError({
    service: "s3",
    action: "s3:GetObject",
    subject: `${work.source.label}/${object.key}`,
    code: "PreconditionFailed",
    status: 412,
    said: "the source changed while the target's cloud read it",
  });
}

/** The same ETag is not enough: an object may be overwritten and put back. */
function sameWrite(one: SourceObject, other: SourceObject): boolean {
  return one.pin.etag === other.pin.etag && one.modified === other.modified;
}
