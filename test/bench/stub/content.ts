import { createHash } from "node:crypto";
import { combineCrc64 } from "../../../runtime/checksum/combine.ts";
import { crcOfBytes } from "./crc.ts";
import {
  crcOf,
  detect,
  DETECTABLE,
  matching,
  md5Of,
  PERIOD,
  piecesOf,
  type PatternRun,
} from "./pattern.ts";

export interface RawRun {
  readonly bytes: Buffer;
  readonly length: number;
}
type Run = PatternRun | RawRun;

/**
 * The bytes of an object, kept as what they are known to be: runs of patterns, and raw bytes where they are none. An object whose
 * bytes all come from one version is one run; more than one run means that it is torn (or was never of the rig's making).
 */
export class Content {
  readonly runs: readonly Run[];
  readonly length: number;

  constructor(runs: readonly Run[]) {
    this.runs = runs;
    this.length = runs.reduce((sum, run) => sum + run.length, 0);
  }

  static pattern(pattern: number, length: number): Content {
    return new Content(length === 0 ? [] : [{ pattern, phase: 0, length }]);
  }

  static joined(parts: Iterable<Content>): Content {
    const runs = new Runs();
    for (const part of parts) for (const run of part.runs) runs.add(run);
    return new Content(runs.list);
  }

  /** The pattern when all bytes are of one, from its beginning; undefined when torn or foreign. */
  get uniform(): number | undefined {
    const [run] = this.runs;
    return this.runs.length === 1 && run !== undefined && "pattern" in run && run.phase === 0
      ? run.pattern
      : undefined;
  }

  /** `end` excluded. */
  slice(start: number, end: number): Content {
    if (start === 0 && end >= this.length) return this;
    const found: Run[] = [];
    let at = 0;
    for (const run of this.runs) {
      const from = Math.max(start - at, 0);
      const to = Math.min(end - at, run.length);
      if (from < to) found.push(cut(run, from, to));
      at += run.length;
    }
    return new Content(found);
  }

  *pieces(): Generator<Buffer> {
    for (const run of this.runs) {
      if ("bytes" in run) yield run.bytes;
      else yield* piecesOf(run);
    }
  }

  bytes(): Buffer {
    const [run] = this.runs;
    if (this.runs.length === 1 && run !== undefined && "bytes" in run) return run.bytes;
    return Buffer.concat([...this.pieces()]);
  }

  crc64(): bigint {
    let crc = 0n;
    for (const [index, run] of this.runs.entries()) {
      const next = "bytes" in run ? crcOfBytes(run.bytes) : crcOf(run);
      crc = index === 0 ? next : combineCrc64(crc, next, run.length);
    }
    return crc;
  }

  md5(): Buffer {
    const [run] = this.runs;
    if (this.runs.length === 1 && run !== undefined && "pattern" in run) return md5Of(run);
    return this.#digest("md5");
  }

  sha256(): Buffer {
    return this.#digest("sha256");
  }

  equals(other: Content): boolean {
    if (this.length !== other.length || this.runs.length !== other.runs.length) return false;
    return this.runs.every((run, index) => sameRun(run, other.runs[index]));
  }

  #digest(algorithm: string): Buffer {
    const hash = createHash(algorithm);
    for (const piece of this.pieces()) hash.update(piece);
    return hash.digest();
  }
}

export const NO_BYTES = new Content([]);

function cut(run: Run, from: number, to: number): Run {
  const length = to - from;
  return "bytes" in run
    ? { bytes: run.bytes.subarray(from, to), length }
    : { pattern: run.pattern, phase: (run.phase + from) % PERIOD, length };
}

function sameRun(a: Run, b: Run | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false;
  if ("bytes" in a) return "bytes" in b && a.bytes.equals(b.bytes);
  return "pattern" in b && a.pattern === b.pattern && a.phase === b.phase;
}

/** Runs in order, joined where one continues the other. */
class Runs {
  readonly list: Run[] = [];

  add(run: Run): void {
    const last = this.list.at(-1);
    const joined = last === undefined ? undefined : join(last, run);
    if (joined === undefined) this.list.push(run);
    else this.list[this.list.length - 1] = joined;
  }
}

function join(a: Run, b: Run): Run | undefined {
  if ("pattern" in b) {
    if ("pattern" in a) {
      const follows = a.pattern === b.pattern && (a.phase + a.length) % PERIOD === b.phase;
      return follows ? { ...a, length: a.length + b.length } : undefined;
    }
    // A few bytes that came alone were too few to tell their pattern: what follows them tells it.
    const phase = (((b.phase - a.length) % PERIOD) + PERIOD) % PERIOD;
    return matching(a.bytes, 0, b.pattern, phase) === a.length
      ? { pattern: b.pattern, phase, length: a.length + b.length }
      : undefined;
  }
  if ("pattern" in a) {
    const phase = (a.phase + a.length) % PERIOD;
    return matching(b.bytes, 0, a.pattern, phase) === b.length
      ? { ...a, length: a.length + b.length }
      : undefined;
  }
  return a.length + b.length <= 64 * 1024
    ? { bytes: Buffer.concat([a.bytes, b.bytes]), length: a.length + b.length }
    : undefined;
}

/** Takes a body as it arrives and keeps no more of it than what it is. */
export class Receiver {
  readonly #runs = new Runs();
  #pattern = -1;
  #phase = 0;
  #length = 0;
  /** Too few bytes to tell what they are. */
  #carried: Buffer | undefined;

  take(next: Buffer): void {
    const chunk = this.#carried === undefined ? next : Buffer.concat([this.#carried, next]);
    this.#carried = undefined;
    let at = 0;
    while (at < chunk.length) {
      if (this.#pattern >= 0) {
        const phase = (this.#phase + this.#length) % PERIOD;
        const matched = matching(chunk, at, this.#pattern, phase);
        this.#length += matched;
        at += matched;
        if (at === chunk.length) return;
        this.#close();
      }
      const found = detect(chunk, at);
      if (found === undefined) {
        // Copied: what was read into is read into again.
        const bytes = Buffer.from(chunk.subarray(at));
        if (bytes.length < DETECTABLE) {
          this.#carried = bytes;
          return;
        }
        this.#runs.add({ bytes, length: bytes.length });
        return;
      }
      this.#pattern = found.pattern;
      this.#phase = found.phase;
      this.#length = 0;
    }
  }

  content(): Content {
    this.#close();
    const carried = this.#carried;
    if (carried !== undefined) this.#runs.add({ bytes: carried, length: carried.length });
    this.#carried = undefined;
    return this.#runs.list.length === 0 ? NO_BYTES : new Content(this.#runs.list);
  }

  #close(): void {
    if (this.#pattern >= 0 && this.#length > 0) {
      this.#runs.add({ pattern: this.#pattern, phase: this.#phase, length: this.#length });
    }
    this.#pattern = -1;
  }
}
