import { parseLine } from "./decode.ts";
import type { LedgerEntry } from "./entry.ts";
import { hashOf } from "./hash.ts";
import { copied, eachLine, type Line, type LedgerFile } from "./lines.ts";
import { LastLineReading, type LastLineQuery } from "./last-line-reading.ts";
import { Part } from "./part.ts";
import type { LedgerStore } from "./store.ts";

/** Some 30 MB of lines. */
const MOST_HELD = 50_000;

interface Held {
  readonly at: string;
  readonly text: string;
  readonly hash: number;
}

/**
 * The lines that fit and that are the last about their key and target, oldest first. Holds only lines that fit, never the keys that do not: those are most.
 * When more than `most` fit, they are gone through in parts, each with a reading of all files: from the start where it is known how many are `expected`.
 */
export async function* lastLines(
  store: LedgerStore,
  files: readonly LedgerFile[],
  query: LastLineQuery,
  signal: AbortSignal,
  most = MOST_HELD,
  expected = 0,
): AsyncIterable<LedgerEntry> {
  const parts = partsFor(expected / most);
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const pass = new Pass(query, part, most);
    await eachLine(store, files, (line, file) => pass.read(line, file), signal);
    const since = pass.doubtfulSince;
    if (since !== undefined) {
      const later = files.filter(({ time }) => time >= since);
      await eachLine(store, later, (line) => pass.check(line), signal);
    }
    parts.push(...pass.left);
    for (const { text } of pass.held.values()) {
      const entry = parseLine(text);
      if (entry !== undefined) yield entry;
    }
  }
}

function partsFor(fold: number): Part[] {
  return fold <= 1 ? [Part.whole] : partsFor(fold / 2).flatMap((part) => part.halves());
}

/** One reading of the files for one part of the keys. */
class Pass extends LastLineReading {
  readonly held = new Map<string, Held>();
  /** Parts that were put off to stay within bounds. */
  readonly left: Part[] = [];
  #file: LedgerFile | undefined;
  #newestInFile = "";
  #newestBefore = "";

  read(line: Line, file: LedgerFile): void {
    this.#follow(line, file);
    if (!this.selects(line) || !this.part.has(line.target, line.key)) return;
    const id = line.target + line.key;
    const known = this.held.get(id);
    if (known !== undefined && known.at > line.at) return;
    const fits = this.#fits(line);
    if (fits === undefined) return;
    if (!fits) {
      if (known !== undefined) this.held.delete(id);
      return;
    }
    const at = copied(line.at);
    // Files of several workers overlap in time: the line that overrules this one may have been read before it.
    if (at < this.#newestBefore) this.doubt(at);
    this.held.set(id, { at, text: line.text(), hash: hashOf(line.target, line.key)[0] });
    if (this.held.size > this.most) this.#halve();
  }

  /** The second look at a line, at what is held. */
  check(line: Line): void {
    const id = line.target + line.key;
    const known = this.held.get(id);
    if (known === undefined || known.at >= line.at || !this.selects(line)) return;
    if (this.#fits(line) === false) this.held.delete(id);
  }

  #follow(line: Line, file: LedgerFile): void {
    if (file !== this.#file) {
      if (this.#newestInFile > this.#newestBefore) this.#newestBefore = copied(this.#newestInFile);
      this.#file = file;
    }
    if (line.at > this.#newestInFile) this.#newestInFile = line.at;
  }

  /** Undefined: the line counts for nothing. */
  #fits(line: Line): boolean | undefined {
    const { states, class: kind, ignore } = this.query;
    const wanted = states === undefined || states.includes(line.state);
    if (ignore === undefined && (kind === undefined || !wanted)) return wanted;
    const entry = line.entry();
    if (entry === undefined || ignore?.(entry) === true) return undefined;
    return wanted && (kind === undefined || entry.class === kind);
  }

  #halve(): void {
    const [now, later] = this.part.halves();
    this.part = now;
    this.left.push(later);
    for (const [id, { hash }] of this.held) if (!now.hasHash(hash)) this.held.delete(id);
  }
}
