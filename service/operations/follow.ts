import type { Context } from "../context.ts";
import { listEvents } from "../db/operation-events.ts";
import { findOperation } from "../db/operations.ts";
import type { EventStream } from "../http/event-stream.ts";
import { presentEvent } from "./present-event.ts";
import { presentWhole } from "./present-whole.ts";

const batch = 200;

/**
 * Writes an operation's events as they come, from the database, so that any service can serve any operation. After the settlement a last
 * one, `settled`, carries the operation, and the stream ends.
 */
export async function followOperation(
  { db, changes }: Pick<Context, "db" | "changes">,
  id: string,
  after: number,
  stream: EventStream,
): Promise<void> {
  using watch = changes.watch(`operation:${id}`);
  let last = after;
  while (!stream.signal.aborted) {
    // Settled is read first: events are written before the settlement, so none can follow.
    const operation = await findOperation(db, id);
    const rows = await listEvents(db, id, last, batch);
    for (const row of rows) {
      await stream.send({ id: String(row.seq), event: row.kind, data: presentEvent(row) });
      last = row.seq;
    }
    if (rows.length > batch) continue;
    if (operation === undefined) return;
    if (operation.settled_at !== null) {
      const data = await presentWhole(db, operation);
      await stream.send({ id: `${last}${settledMark}`, event: "settled", data });
      return;
    }
    await watch.changed(stream.signal);
  }
}

/** A browser comes back whenever a stream ends; who comes back with this mark has seen the settlement. */
const settledMark = "-settled";

/** What a client has seen: the number of the last event, and whether the settlement came after it. */
export function parseSeen(lastEventId: string): { after: number; settled: boolean } {
  const [, digits = "", mark] = /^(\d{1,9})(-settled)?$/.exec(lastEventId) ?? [];
  return { after: Number(digits), settled: mark === settledMark };
}
