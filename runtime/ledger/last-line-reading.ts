import { quoted } from "./encode.ts";
import type { LedgerEntry, TerminalState } from "./entry.ts";
import type { Line } from "./lines.ts";
import type { Part } from "./part.ts";

export interface LineFilter {
  readonly prefix?: string | undefined;
  readonly target?: string | undefined;
  readonly run?: string | undefined;
}

export interface LastLineQuery extends LineFilter {
  readonly states?: readonly TerminalState[] | undefined;
  readonly class?: string | undefined;
  /** Lines that count for nothing. */
  readonly ignore?: ((entry: LedgerEntry) => boolean) | undefined;
}

/** Whether a line is one of those that are asked about. */
export function selector(filter: LineFilter): (line: Line) => boolean {
  const prefix = quoted(filter.prefix ?? "").slice(0, -1);
  const target = filter.target === undefined ? undefined : quoted(filter.target);
  const run = filter.run === undefined ? undefined : `,"run":${quoted(filter.run)}`;
  return (line) =>
    (prefix === '"' || line.key.startsWith(prefix)) &&
    (target === undefined || line.target === target) &&
    (run === undefined || line.text().includes(run));
}

/** One reading of the files for what is last about the keys of a part. */
export class LastLineReading {
  protected readonly query: LastLineQuery;
  protected readonly selects: (line: Line) => boolean;
  protected readonly most: number;
  protected part: Part;
  #doubtful: string | undefined;

  constructor(query: LastLineQuery, part: Part, most: number) {
    this.query = query;
    this.selects = selector(query);
    this.part = part;
    this.most = most;
  }

  /** What was taken for last may have been overruled by a line that was read before it: those from this time (ms) on are to be read again. */
  get doubtfulSince(): number | undefined {
    return this.#doubtful === undefined ? undefined : Date.parse(this.#doubtful);
  }

  /** Something of this time was taken for last. */
  protected doubt(at: string): void {
    if (!(at > (this.#doubtful ?? "9"))) this.#doubtful = at;
  }
}
