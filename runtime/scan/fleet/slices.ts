import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { Candidate } from "../../copy/work.ts";
import type { ListedObject } from "../../stores/contract.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** A key in a slice: what the source listed; the target's side only where it was absent, all else is looked at by whoever settles it. */
interface Line {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modified: number;
  readonly storageClass?: string | undefined;
  readonly absent?: true | undefined;
}

export async function packSlice(candidates: readonly Candidate[]): Promise<Buffer> {
  const lines = candidates.map(({ source, target }) =>
    JSON.stringify({ ...source, ...(target?.state === "absent" ? { absent: true } : {}) }),
  );
  return compress(Buffer.from(`${lines.join("\n")}\n`));
}

export async function unpackSlice(
  bytes: Buffer,
): Promise<(Candidate & { source: ListedObject })[]> {
  const text = (await decompress(bytes)).toString();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { absent, ...source } = JSON.parse(line) as Line;
      const { key } = source;
      return absent === true
        ? { key, source, target: { state: "absent" } as const }
        : { key, source };
    });
}

export interface SliceLimits {
  readonly keys: number;
  readonly bytes: number;
}

/**
 * Gathers candidates into slices. Slices are written at the same time, but count in their order: `counted` is how many from the first on are kept and
 * announced without a gap, and `then` of what they hold is called not before.
 */
export class SliceWriter {
  readonly #limits: SliceLimits;
  readonly #write: (number: number, candidates: readonly Candidate[]) => Promise<void>;
  #candidates: Candidate[] = [];
  #thens: (() => void)[] = [];
  #bytes = 0;
  #number = 0;
  #counted = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(
    limits: SliceLimits,
    write: (number: number, candidates: readonly Candidate[]) => Promise<void>,
  ) {
    this.#limits = limits;
    this.#write = write;
  }

  get counted(): number {
    return this.#counted;
  }

  /** Calls `then` when all of them are in slices that count. Pending while more are waiting to be written than is good. */
  async add(candidates: readonly Candidate[], then: () => void): Promise<void> {
    for (const candidate of candidates) {
      this.#candidates.push(candidate);
      this.#bytes += candidate.source?.size ?? 0;
      if (this.#candidates.length >= this.#limits.keys || this.#bytes >= this.#limits.bytes) {
        await this.#begin();
      }
    }
    if (this.#candidates.length === 0) void this.#last.then(then, () => undefined);
    else this.#thens.push(then);
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    if (this.#candidates.length > 0) await this.#begin();
    await this.#last;
  }

  /** Starts writing a slice, once the one before the last has been written. */
  async #begin(): Promise<void> {
    const before = this.#last;
    const candidates = this.#candidates;
    const thens = this.#thens;
    const number = (this.#number += 1);
    this.#candidates = [];
    this.#thens = [];
    this.#bytes = 0;
    this.#last = Promise.all([before, this.#write(number, candidates)]).then(() => {
      this.#counted = number;
      for (const then of thens) then();
    });
    this.#last.catch(() => undefined);
    await before;
  }
}
