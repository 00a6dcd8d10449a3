import type { Queries } from "../db/database.ts";
import { findRun, type RunRow } from "../db/runs.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { notFound } from "../http/problem.ts";
import { Run } from "../http/schemas.ts";
import { presentRun } from "../runs/present.ts";
import { runPath } from "./paths.ts";
import { pipelineOr404 } from "./pipeline-get.ts";

export const runGet = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/pipelines/{name}/runs/{run}",
  access: { tenant: "read" },
  operationId: "getRun",
  summary: "Read a run: totals that close, failures by cause, problems",
  params: runPath,
  query: noQuery,
  answers: { 200: { description: "The run.", schema: Run } },
  problems: ["not-found"],
  handle: async ({ params }, context) => {
    const { db } = context;
    const { id } = await pipelineOr404(db, params);
    context.runsWanted(id);
    return { status: 200, body: presentRun(await runOr404(db, id, params.run)) };
  },
});

/** @throws RequestProblem `not-found` */
export async function runOr404(db: Queries, pipelineId: string, run: string): Promise<RunRow> {
  const row = await findRun(db, pipelineId, run);
  if (row === undefined) throw notFound(`run ${run} of this pipeline`);
  return row;
}
