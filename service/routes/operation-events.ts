import { setTimeout as delay } from "node:timers/promises";
import type { Response } from "express";
import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import type { Context } from "../context.ts";
import { listEvents, type OperationEventRow } from "../db/operation-events.ts";
import { findOperation } from "../db/operations.ts";
import { endpoint } from "../http/endpoint.ts";
import { fromCursor, page, pageQuery } from "../http/page.ts";
import { OperationEvent, pageOf } from "../http/schemas.ts";
import { operationOr404 } from "./operation-get.ts";
import { operationPath } from "./paths.ts";

export const operationEvents = endpoint({
  method: "get",
  path: "/v1/operations/{operation}/events",
  access: "signed-in",
  operationId: "listOperationEvents",
  summary: "Follow an operation",
  description:
    "A page of events; with `Accept: text/event-stream` a live stream that ends when the operation has settled, and goes on after Last-Event-ID.",
  params: operationPath,
  query: fields(pageQuery),
  headers: { "Last-Event-ID": "Of a stream: the number of the last event that was seen." },
  answers: { 200: { description: "A page of events.", schema: pageOf(OperationEvent) } },
  problems: ["not-found"],
  handle: async ({ params, query, header, principal }, context) => {
    const { id } = await operationOr404(context.db, params.operation, principal, "read");
    if (header("accept")?.includes("text/event-stream") === true) {
      const from = Number(header("last-event-id") ?? 0);
      const after = Number.isSafeInteger(from) && from > 0 ? from : 0;
      return {
        status: 200,
        headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" },
        stream: (response) => follow(context, id, after, response),
      };
    }
    const after = fromCursor(z.int(), query.cursor) ?? 0;
    const rows = await listEvents(context.db, id, after, query.limit);
    return { status: 200, body: page(rows, query.limit, (row) => row.seq, present) };
  },
});

const lookEveryMs = 300;
const heartbeatMs = 15_000;
const batch = 200;

/** Writes events as they come, from the database, so that any service process can serve any operation. */
async function follow(
  { db }: Context,
  id: string,
  after: number,
  response: Response,
): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.flushHeaders();
  let last = after;
  let spoke = Date.now();
  while (!gone.signal.aborted) {
    // Settled is read first: events are written before the settlement, so none can follow.
    const operation = await findOperation(db, id);
    const rows = await listEvents(db, id, last, batch);
    for (const row of rows) {
      response.write(
        `id: ${row.seq}\nevent: ${row.kind}\ndata: ${JSON.stringify(present(row))}\n\n`,
      );
      last = row.seq;
      spoke = Date.now();
    }
    if (rows.length > batch) continue;
    if (operation === undefined || operation.settled_at !== null) {
      response.end(`event: settled\ndata: ${JSON.stringify({ state: operation?.state })}\n\n`);
      return;
    }
    if (Date.now() - spoke > heartbeatMs) {
      response.write(": still here\n\n");
      spoke = Date.now();
    }
    await delay(lookEveryMs, undefined, { signal: gone.signal }).catch(() => undefined);
  }
}

function present(row: OperationEventRow): z.output<typeof OperationEvent> {
  const { seq, at, kind, urn, type, name, op, status, severity, message, changes } = row;
  return {
    seq,
    at: at.toISOString(),
    kind,
    urn,
    type,
    name,
    op,
    status,
    severity,
    message,
    changes: changes ?? [],
  };
}
