import { z } from "zod";
import type { LedgerEntry, TerminalState } from "../../runtime/ledger/entry.ts";
import type { Context } from "../context.ts";
import { filesOf } from "../db/runs.ts";
import type { Places } from "./places.ts";

/** Where a page of objects ended: a ledger file and how many of its lines, from its end, were looked at. */
export const ObjectPosition = z.object({ file: z.string(), lines: z.int().nonnegative() });
export type ObjectPosition = z.output<typeof ObjectPosition>;

export interface ObjectQuery {
  prefix: string;
  state: TerminalState | undefined;
  target: string | undefined;
  limit: number;
  from: ObjectPosition | undefined;
}

const filesPerPage = 100;

/** A page of a run's objects, newest first: for each key and target the last line only. */
export async function findObjects(
  { db, sources, booksOf }: Pick<Context, "db" | "sources" | "booksOf">,
  runId: string,
  places: Places,
  query: ObjectQuery,
): Promise<{ entries: LedgerEntry[]; next: ObjectPosition | undefined }> {
  const books = await booksOf(runId, places);
  const start = query.from === undefined ? undefined : { key: query.from.file, inclusive: true };
  const files = await filesOf(db, runId, filesPerPage + 1, start);
  const entries: LedgerEntry[] = [];
  for (const file of files.slice(0, filesPerPage)) {
    const lines = await linesOf(sources, places.ledgerBucket, file);
    const skip = file === query.from?.file ? query.from.lines : 0;
    for (let seen = skip; seen < lines.length; seen += 1) {
      if (entries.length === query.limit) return { entries, next: { file, lines: seen } };
      const line = lines[lines.length - 1 - seen];
      if (line !== undefined && matches(line, query) && books.isLast(line)) entries.push(line);
    }
  }
  const rest = files[filesPerPage];
  return { entries, next: rest === undefined ? undefined : { file: rest, lines: 0 } };
}

function matches(line: LedgerEntry, { prefix, state, target }: ObjectQuery): boolean {
  return (
    line.key.startsWith(prefix) &&
    (state === undefined || line.state === state) &&
    (target === undefined || line.target === target)
  );
}

/** A ledger file holds some hundreds of lines: a batch of its worker. */
async function linesOf(
  sources: Context["sources"],
  bucket: string,
  file: string,
): Promise<LedgerEntry[]> {
  const lines: LedgerEntry[] = [];
  for await (const line of sources.entries(bucket, file)) {
    if (line !== "unreadable") lines.push(line);
  }
  return lines;
}
