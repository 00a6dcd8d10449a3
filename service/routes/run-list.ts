import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { listRuns } from "../db/runs.ts";
import { endpoint } from "../http/endpoint.ts";
import { fromCursor, page, pageQuery } from "../http/page.ts";
import { pageOf, Run } from "../http/schemas.ts";
import { presentRun } from "../runs/present.ts";
import { pipelinePath } from "./paths.ts";
import { pipelineOr404 } from "./pipeline-get.ts";

export const runList = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/pipelines/{name}/runs",
  access: { tenant: "read" },
  operationId: "listRuns",
  summary: "List a pipeline's runs, newest first",
  params: pipelinePath,
  query: fields({ ...pageQuery, state: z.enum(["open", "complete", "incomplete"]).optional() }),
  answers: { 200: { description: "A page of runs.", schema: pageOf(Run) } },
  problems: ["not-found"],
  handle: async ({ params, query }, context) => {
    const { db } = context;
    const { id } = await pipelineOr404(db, params);
    context.runsWanted(id);
    const rows = await listRuns(db, {
      pipelineId: id,
      limit: query.limit,
      after: fromCursor(z.string(), query.cursor),
      state: query.state,
    });
    return { status: 200, body: page(rows, query.limit, (row) => row.id, presentRun) };
  },
});
