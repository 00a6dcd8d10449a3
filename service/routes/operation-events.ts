import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { listEvents } from "../db/operation-events.ts";
import { endpoint } from "../http/endpoint.ts";
import { fromCursor, page, pageQuery } from "../http/page.ts";
import { OperationEvent, pageOf } from "../http/schemas.ts";
import { eventStreamType } from "../http/streams.ts";
import { lastEventIdOf } from "../http/last-event-id.ts";
import { followOperation, parseSeen } from "../operations/follow.ts";
import { presentEvent } from "../operations/present-event.ts";
import { operationOr404 } from "./operation-get.ts";
import { operationPath } from "./paths.ts";

export const operationEvents = endpoint({
  method: "get",
  path: "/v1/operations/{operation}/events",
  access: "signed-in",
  operationId: "listOperationEvents",
  summary: "Follow an operation",
  description:
    "A page of events. With `Accept: text/event-stream` a live stream: each event has its number as id, the last one is `settled` and carries the operation, then the stream ends. It goes on after `Last-Event-ID` (or `after`), nothing is lost and nothing comes twice; whoever comes back after `settled` gets 204.",
  params: operationPath,
  query: fields({
    ...pageQuery,
    after: z
      .string()
      .regex(/^\d{1,9}(-settled)?$/, "Expected the id of an event, such as 17.")
      .optional()
      .meta({ description: "Only events after the one of this number." }),
  }),
  headers: { "Last-Event-ID": "Of a stream: the id of the last event that was seen." },
  answers: {
    200: {
      description: "A page of events, or the stream.",
      schema: pageOf(OperationEvent),
      contentTypes: [eventStreamType],
    },
    204: { description: "Of a stream: the settlement was seen before, nothing follows." },
  },
  problems: ["not-found", "too-many-streams"],
  handle: async ({ params, query, header, principal }, context) => {
    const { id } = await operationOr404(context.db, params.operation, principal, "read");
    const seen = parseSeen(lastEventIdOf(header) ?? query.after ?? "");
    if (header("accept")?.includes(eventStreamType) === true) {
      if (seen.settled) return { status: 204 };
      return context.streams.reply("operation", principal, (stream) =>
        followOperation(context, id, seen.after, stream),
      );
    }
    const after = fromCursor(z.int(), query.cursor) ?? seen.after;
    const rows = await listEvents(context.db, id, after, query.limit);
    return { status: 200, body: page(rows, query.limit, (row) => row.seq, presentEvent) };
  },
});
