import { Books, type Failure } from "./books.ts";
import { LastLineReading, type LastLineQuery } from "./last-line-reading.ts";
import { copied, eachLine, unquoted, type LedgerFile, type Line } from "./lines.ts";
import { Part } from "./part.ts";
import type { LedgerStore } from "./store.ts";

/** Keys that are held at once: some 60 MB. */
const MOST_PAIRS = 1_000_000;

/** How many keys' last lines fit, by cause. */
export async function countLast(
  store: LedgerStore,
  files: readonly LedgerFile[],
  query: LastLineQuery,
  signal: AbortSignal,
  most = MOST_PAIRS,
): Promise<{ objects: number; bytes: number; groups: Failure[] }> {
  const sum = { objects: 0, bytes: 0, groups: [] as Failure[] };
  const parts = [Part.whole];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const pass = new Pass(query, part, most);
    await eachLine(store, files, pass.read, signal);
    if (pass.tooMany) {
      parts.push(...part.halves());
      continue;
    }
    const since = pass.doubtfulSince;
    if (since !== undefined) {
      await eachLine(
        store,
        files.filter(({ time }) => time >= since),
        pass.read,
        signal,
      );
    }
    const { books } = pass;
    const { failed, held } = books.totals();
    sum.objects += failed.objects + held.objects;
    sum.bytes += failed.bytes + held.bytes;
    for (const group of books.failures()) addTo(sum.groups, group);
  }
  sum.groups.sort((a, b) => b.objects - a.objects);
  return sum;
}

function addTo(groups: Failure[], group: Failure): void {
  const same = groups.find(
    ({ state, class: kind, action, target }) =>
      state === group.state &&
      kind === group.class &&
      action === group.action &&
      target === group.target,
  );
  if (same === undefined) groups.push(group);
  else same.objects += group.objects;
}

/** One reading of the files: books of those keys of a part that a fitting line ever was about. */
class Pass extends LastLineReading {
  readonly books = new Books();
  tooMany = false;
  #newest = "";

  readonly read = (line: Line): void => {
    if (this.tooMany || !this.selects(line)) return;
    if (line.at > this.#newest) this.#newest = copied(line.at);
    if (!this.part.has(line.target, line.key)) return;
    const { states, ignore } = this.query;
    if (states?.includes(line.state) !== true) {
      this.#overrule(line);
      return;
    }
    const entry = line.entry();
    if (entry === undefined || ignore?.(entry) === true) return;
    this.books.enter(entry);
    if (line.at < this.#newest) this.doubt(entry.at);
    this.tooMany = this.books.pairs > this.most;
  };

  #overrule({ target, key, state, at }: Line): void {
    if (this.books.pairs === 0) return;
    const id = { target: unquoted(target), key: unquoted(key) };
    if (!this.books.has(id)) return;
    this.books.enter({ ...id, state, at, size: null, class: null, action: null, reason: null });
  }
}
