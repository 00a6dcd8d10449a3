import { quoted } from "./encode.ts";
import type { LedgerEntry } from "./entry.ts";
import type { LastLineQuery } from "./last-line-reading.ts";
import { lastLines } from "./last-lines.ts";
import { eachLine, filesSince } from "./lines.ts";
import type { LedgerStore } from "./store.ts";

/** The last line about each key and target, of those that fit; oldest first. */
export async function* list(
  store: LedgerStore,
  query: Omit<LastLineQuery, "ignore">,
  signal: AbortSignal,
): AsyncIterable<LedgerEntry> {
  yield* lastLines(store, await filesSince(store, 0, signal), query, signal);
}

/** Everything that the ledger says about one key, oldest first. */
export async function history(
  store: LedgerStore,
  key: string,
  target: string | undefined,
  signal: AbortSignal,
): Promise<LedgerEntry[]> {
  const name = quoted(key);
  const found: LedgerEntry[] = [];
  const files = await filesSince(store, 0, signal);
  await eachLine(
    store,
    files,
    (line) => {
      if (line.key !== name) return;
      const entry = line.entry();
      if (entry !== undefined && (target ?? entry.target) === entry.target) found.push(entry);
    },
    signal,
  );
  return found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
