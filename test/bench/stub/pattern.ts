import { createHash } from "node:crypto";
import { combineCrc64 } from "../../../runtime/checksum/combine.ts";
import { crcOfBytes } from "./crc.ts";

/*
 * Synthetic bodies: one of 256 patterns, repeated. A pattern is 8,191 words of 8 bytes, each of which says which pattern it is of and
 * where it stands, so bytes of two versions, or of two places, are never alike, and a few bytes tell what all that follow must be.
 * The period is no divisor of any usual block size: a block in the wrong place shows.
 */
const WORDS = 8191;
export const PERIOD = WORDS * 8;
/** Bytes that one view holds in a row, from any phase. */
const VIEW = 256 * 1024;
export const PATTERNS = 256;
const MAGIC = 0xc5;
/** Enough to hold one whole word wherever a word begins. */
export const DETECTABLE = 15;

/** Bytes of a pattern from a place in it. */
export interface PatternRun {
  readonly pattern: number;
  /** Where in the period it begins. */
  readonly phase: number;
  readonly length: number;
}

const views: (Buffer | undefined)[] = [];

/** The pattern again and again, VIEW + PERIOD bytes of it. */
function view(pattern: number): Buffer {
  const known = views[pattern];
  if (known !== undefined) return known;
  const bytes = Buffer.allocUnsafe(VIEW + PERIOD);
  for (let word = 0; word < WORDS; word += 1) {
    bytes.writeUInt8(MAGIC, word * 8);
    bytes.writeUInt8(pattern, word * 8 + 1);
    bytes.writeUInt16LE(word, word * 8 + 2);
    bytes.writeUInt32LE(mix(pattern, word), word * 8 + 4);
  }
  for (let filled = PERIOD; filled < bytes.length; filled += PERIOD) {
    bytes.copy(bytes, filled, 0, Math.min(PERIOD, bytes.length - filled));
  }
  return (views[pattern] = bytes);
}

function mix(pattern: number, word: number): number {
  let hash = Math.imul(pattern * 8192 + word + 1, 0x9e3779b1);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x85ebca77);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Up to `length` bytes of the pattern from `phase` on, not copied: fewer when a view holds fewer. */
export function bytesOf(pattern: number, phase: number, length: number): Buffer {
  return view(pattern).subarray(phase, phase + Math.min(length, VIEW));
}

/** How many bytes of `chunk` from `at` on continue the pattern at `phase`. */
export function matching(chunk: Buffer, at: number, pattern: number, phase: number): number {
  let matched = 0;
  const length = chunk.length - at;
  while (matched < length) {
    const step = Math.min(VIEW, length - matched);
    const from = (phase + matched) % PERIOD;
    if (!same(chunk, at + matched, pattern, from, step)) {
      return matched + prefix(chunk, at + matched, pattern, from, step);
    }
    matched += step;
  }
  return matched;
}

function same(chunk: Buffer, at: number, pattern: number, phase: number, length: number): boolean {
  return view(pattern).compare(chunk, at, at + length, phase, phase + length) === 0;
}

function prefix(chunk: Buffer, at: number, pattern: number, phase: number, length: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (same(chunk, at, pattern, phase, middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Which pattern begins at `at`, and where in it; undefined when none does. */
export function detect(
  chunk: Buffer,
  at: number,
): { readonly pattern: number; readonly phase: number } | undefined {
  for (let shift = 0; shift < 8 && at + shift + 8 <= chunk.length; shift += 1) {
    const word = at + shift;
    if (chunk[word] !== MAGIC) continue;
    const pattern = chunk.readUInt8(word + 1);
    const index = chunk.readUInt16LE(word + 2);
    if (index >= WORDS || chunk.readUInt32LE(word + 4) !== mix(pattern, index)) continue;
    const phase = (index * 8 - shift + PERIOD) % PERIOD;
    if (matching(chunk.subarray(at, word), 0, pattern, phase) === shift) return { pattern, phase };
  }
  return undefined;
}

const crcs = new Map<string, bigint>();

/** CRC-64/NVME of a run, from one period's CRC: costs no more for a gigabyte than for a period. */
export function crcOf(run: PatternRun): bigint {
  const id = `${run.pattern}/${run.phase}/${run.length}`;
  const known = crcs.get(id);
  if (known !== undefined) return known;
  if (crcs.size > 100_000) crcs.clear();
  const crc = computeCrc(run);
  crcs.set(id, crc);
  return crc;
}

function computeCrc({ pattern, phase, length }: PatternRun): bigint {
  if (length <= 2 * PERIOD) return crcOfBytes(bytesOf(pattern, phase, length));
  const head = (PERIOD - phase) % PERIOD;
  const periods = Math.floor((length - head) / PERIOD);
  const tail = length - head - periods * PERIOD;
  let crc = combineCrc64(
    crcOfBytes(bytesOf(pattern, phase, head)),
    periodsCrc(pattern, periods),
    periods * PERIOD,
  );
  if (tail > 0) crc = combineCrc64(crc, crcOfBytes(bytesOf(pattern, 0, tail)), tail);
  return crc;
}

/** By doubling. */
function periodsCrc(pattern: number, periods: number): bigint {
  if (periods <= 2) return crcOfBytes(bytesOf(pattern, 0, periods * PERIOD));
  const half = periods >> 1;
  const halfCrc = crcOf({ pattern, phase: 0, length: half * PERIOD });
  const even = combineCrc64(halfCrc, halfCrc, half * PERIOD);
  if (periods % 2 === 0) return even;
  return combineCrc64(even, crcOf({ pattern, phase: 0, length: PERIOD }), PERIOD);
}

const md5s = new Map<string, Buffer>();

/** MD5 of a run: computed once for each pattern and length. */
export function md5Of(run: PatternRun): Buffer {
  const id = `${run.pattern}/${run.phase}/${run.length}`;
  const known = md5s.get(id);
  if (known !== undefined) return known;
  if (md5s.size > 100_000) md5s.clear();
  const hash = createHash("md5");
  for (const piece of piecesOf(run)) hash.update(piece);
  const digest = hash.digest();
  md5s.set(id, digest);
  return digest;
}

export function* piecesOf(run: PatternRun): Generator<Buffer> {
  for (let sent = 0; sent < run.length;) {
    const piece = bytesOf(run.pattern, (run.phase + sent) % PERIOD, run.length - sent);
    yield piece;
    sent += piece.length;
  }
}
