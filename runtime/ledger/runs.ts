import type { Failure, RunTotals } from "./books.ts";
import type { LedgerOwner } from "./entry.ts";
import type { LedgerStore } from "./store.ts";

/** What a run set out to do: written before its first key. */
export interface OpenedRun extends LedgerOwner {
  readonly run: string;
  readonly kind: "copy" | "scan" | "watch";
  /** `s3://bucket`. */
  readonly source: string;
  /** The keys that it is about begin with it. */
  readonly prefix: string;
  readonly targets: readonly string[];
  readonly openedAt: string;
}

/** How the keys of a run were found. */
export interface ListingFacts {
  /** When the listing of the source began: every object that there was then, and has not been deleted since, was found. */
  readonly beganAt: string;
  readonly endedAt: string;
  /** Objects listed at the source. */
  readonly source: number;
  /** Objects listed at the targets. */
  readonly targets: number;
  readonly slices?: number;
}

/** The closed books of a run. */
export interface Closing extends OpenedRun {
  /** `complete`: nothing failed and nothing is held. */
  readonly state: "complete" | "incomplete";
  /** Keys that were found, once for each target: the sum of the states. */
  readonly found: number;
  readonly totals: RunTotals;
  readonly failures: readonly Failure[];
  /** Of its lines; null when there were none. */
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  readonly listing: ListingFacts | null;
  readonly closedAt: string;
}

export interface KnownRun {
  readonly opened: OpenedRun;
  /** Undefined: still running, or it died. */
  readonly closing: Closing | undefined;
}

/** Fewer or more keys ended than were found: the run is not closed. */
export class BooksOpen extends Error {
  override readonly name = "BooksOpen";
  readonly found: number;
  readonly settled: number;

  constructor(run: string, found: number, settled: number) {
    super(
      `The books of run ${run} do not close: ${found} keys were found, ${settled} have ended. Run it again: what has arrived is not copied again.`,
    );
    this.found = found;
    this.settled = settled;
  }
}

// An underscore hides files from Athena and its kin.
const FOLDER = "_runs/";

export async function openRun(
  store: LedgerStore,
  opened: OpenedRun,
  signal: AbortSignal,
): Promise<void> {
  await store.write(`${FOLDER}${opened.run}/opened.json`, json(opened), signal);
}

/** Writes the closing file. @throws BooksOpen when the states do not add up to what was found */
export async function closeRun(
  store: LedgerStore,
  books: Omit<Closing, "state" | "closedAt">,
  signal: AbortSignal,
  now = new Date(),
): Promise<Closing> {
  const { run, found, totals } = books;
  if (totals.objects !== found) throw new BooksOpen(run, found, totals.objects);
  const state = totals.failed.objects + totals.held.objects === 0 ? "complete" : "incomplete";
  const closing: Closing = { ...books, state, closedAt: now.toISOString() };
  await store.write(`${FOLDER}${run}/closing.json`, json(closing), signal);
  return closing;
}

/** Every run of a store that was opened, oldest first. */
export async function runsOf(store: LedgerStore, signal: AbortSignal): Promise<KnownRun[]> {
  const names: string[] = [];
  for await (const name of store.list(FOLDER, "", signal)) names.push(name);
  const runs: KnownRun[] = [];
  for (const name of names.filter((one) => one.endsWith("/opened.json"))) {
    const closing = name.replace(/opened\.json$/, "closing.json");
    const opened = await parsed<OpenedRun>(store, name, signal);
    if (opened === undefined) continue;
    const closed = names.includes(closing)
      ? await parsed<Closing>(store, closing, signal)
      : undefined;
    runs.push({ opened, closing: closed });
  }
  return runs.sort((a, b) => (a.opened.openedAt < b.opened.openedAt ? -1 : 1));
}

async function parsed<T>(
  store: LedgerStore,
  name: string,
  signal: AbortSignal,
): Promise<T | undefined> {
  const bytes = await store.read(name, signal);
  return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as T);
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}
