import type { Insertable, Selectable } from "kysely";
import type { OperationEvent } from "../automation/events.ts";
import type { Queries } from "./database.ts";
import type { OperationEventTable } from "./schema.ts";

export type OperationEventRow = Selectable<OperationEventTable>;
/** What the engine said, or what the service did about the operation (`note`). */
export type StoredEvent = OperationEvent | { kind: "note"; at: string; message: string };

/** Adds events; numbers that are there already are left as they are. */
export async function insertEvents(
  db: Queries,
  operationId: string,
  events: readonly { seq: number; event: StoredEvent }[],
): Promise<void> {
  if (events.length === 0) return;
  await db
    .insertInto("operation_events")
    .values(events.map(({ seq, event }) => toRow(operationId, seq, event)))
    .onConflict((conflict) => conflict.columns(["operation_id", "seq"]).doNothing())
    .execute();
}

/** The number that the next event of an operation gets; a second attempt goes on where the first ended. */
export async function nextEventNumber(db: Queries, operationId: string): Promise<number> {
  const row = await db
    .selectFrom("operation_events")
    .select((eb) => eb.fn.max("seq").as("last"))
    .where("operation_id", "=", operationId)
    .executeTakeFirst();
  return ((row?.last as number | null | undefined) ?? 0) + 1;
}

/** In order; one row more than `limit` says that there is a next page. */
export async function listEvents(
  db: Queries,
  operationId: string,
  after: number,
  limit: number,
): Promise<OperationEventRow[]> {
  return db
    .selectFrom("operation_events")
    .selectAll()
    .where("operation_id", "=", operationId)
    .where("seq", ">", after)
    .orderBy("seq")
    .limit(limit + 1)
    .execute();
}

function toRow(
  operationId: string,
  seq: number,
  event: StoredEvent,
): Insertable<OperationEventTable> {
  const common = { operation_id: operationId, seq, at: new Date(event.at), kind: event.kind };
  switch (event.kind) {
    case "resource":
      return {
        ...common,
        urn: event.urn,
        type: event.type,
        name: event.name,
        op: event.op,
        status: event.status,
        changes: event.changes.length === 0 ? null : JSON.stringify(event.changes),
      };
    case "diagnostic":
      return { ...common, urn: event.urn, severity: event.severity, message: event.message };
    case "summary":
      return { ...common, message: JSON.stringify(event.counts) };
    case "note":
      return { ...common, severity: "info", message: event.message };
  }
}

/** Reads and looks change nothing; a replacement is told once, not also as its two halves. */
const notChanges = ["read", "refresh", "create-replacement", "delete-replaced"];

/** What a preview would do. Bounded: the whole of it is in the events. */
export async function plannedSteps(db: Queries, operationId: string): Promise<OperationEventRow[]> {
  return db
    .selectFrom("operation_events")
    .selectAll()
    .where("operation_id", "=", operationId)
    .where("status", "=", "planned")
    .where("op", "not in", notChanges)
    .orderBy("seq")
    .limit(1_000)
    .execute();
}
