import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { latestOperations } from "../db/operations.ts";
import { listPipelines } from "../db/pipelines.ts";
import { bytesOver } from "../governance/enforce.ts";
import { endpoint } from "../http/endpoint.ts";
import { fromCursor, page, pageQuery } from "../http/page.ts";
import { pageOf, Pipeline } from "../http/schemas.ts";
import { presentPipeline } from "../pipelines/present.ts";
import { pipelineStatuses } from "../pipelines/statuses.ts";
import { tenantPath } from "./paths.ts";

const Position = z.tuple([z.string(), z.string()]);

export const pipelineList = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/pipelines",
  access: { tenant: "read" },
  operationId: "listPipelines",
  summary: "List a tenant's pipelines, by name",
  params: tenantPath,
  query: fields({
    ...pageQuery,
    deleted: z
      .enum(["true", "false"])
      .default("false")
      .meta({ description: "Also those that were deleted." }),
    state: z
      .enum(pipelineStatuses)
      .optional()
      .meta({ description: "Only those whose status.state is this; removed needs deleted=true." }),
  }),
  answers: { 200: { description: "A page of pipelines.", schema: pageOf(Pipeline) } },
  problems: [],
  handle: async ({ params, query }, { db }) => {
    const after = fromCursor(Position, query.cursor);
    const rows = await listPipelines(db, {
      tenant: params.tenant,
      limit: query.limit,
      after: after === undefined ? undefined : { name: after[0], id: after[1] },
      removed: query.deleted === "true",
      status: query.state,
    });
    const latest = await latestOperations(
      db,
      rows.map(({ id }) => id),
    );
    const over = await bytesOver(db, params.tenant);
    const notices = over === undefined ? [] : [over];
    const body = page(
      rows,
      query.limit,
      (row) => [row.name, row.id],
      (row) => presentPipeline(row, latest.get(row.id), notices),
    );
    return { status: 200, body };
  },
});
