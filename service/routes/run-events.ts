import { endpoint } from "../http/endpoint.ts";
import { lastEventIdOf } from "../http/last-event-id.ts";
import { noQuery } from "../http/page.ts";
import { eventStreamType } from "../http/streams.ts";
import { followRun } from "../runs/follow.ts";
import { runPath } from "./paths.ts";
import { pipelineOr404 } from "./pipeline-get.ts";
import { runOr404 } from "./run-get.ts";

export const runEvents = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/pipelines/{name}/runs/{run}/events",
  access: { tenant: "read" },
  operationId: "followRun",
  summary: "Follow a run's totals",
  description:
    "A live stream: an event `totals` with the whole run whenever its books have changed, a last one `closed` when they are closed. Whoever comes back after `closed` (Last-Event-ID) gets 204.",
  params: runPath,
  query: noQuery,
  headers: { "Last-Event-ID": "The id of the last event that was seen." },
  answers: {
    200: { description: "The stream.", contentType: eventStreamType },
    204: { description: "It was seen to close before, nothing follows." },
  },
  problems: ["not-found", "too-many-streams"],
  handle: async ({ params, header, principal }, context) => {
    const pipeline = await pipelineOr404(context.db, params);
    const run = await runOr404(context.db, pipeline.id, params.run);
    const seen = lastEventIdOf(header);
    if (seen?.endsWith("-closed") === true) return { status: 204 };
    context.runsWanted(pipeline.id);
    return context.streams.reply("run", principal, (stream) =>
      followRun(context, { id: run.id, pipelineId: pipeline.id }, seen, stream),
    );
  },
});
