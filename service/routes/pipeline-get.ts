import { latestOperation } from "../db/operations.ts";
import { findPipeline, type PipelineKey, type PipelineRow } from "../db/pipelines.ts";
import type { Queries } from "../db/database.ts";
import { bytesOver } from "../governance/enforce.ts";
import { endpoint } from "../http/endpoint.ts";
import { etagOf } from "../http/etag.ts";
import { noQuery } from "../http/page.ts";
import { notFound } from "../http/problem.ts";
import { Pipeline } from "../http/schemas.ts";
import { presentPipeline } from "../pipelines/present.ts";
import { pipelinePath } from "./paths.ts";

export const pipelineGet = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/pipelines/{name}",
  access: { tenant: "read" },
  operationId: "getPipeline",
  summary: "Read a pipeline",
  params: pipelinePath,
  query: noQuery,
  answers: {
    200: { description: "The pipeline.", schema: Pipeline, headers: { ETag: "For If-Match." } },
  },
  problems: ["not-found"],
  handle: async ({ params }, { db }) => {
    const row = await pipelineOr404(db, params);
    const latest = await latestOperation(db, row.id);
    const over = await bytesOver(db, row.tenant);
    const notices = over === undefined ? [] : [over];
    return {
      status: 200,
      body: presentPipeline(row, latest, notices),
      headers: { etag: etagOf(row) },
    };
  },
});

/** @throws RequestProblem `not-found` */
export async function pipelineOr404(db: Queries, key: PipelineKey): Promise<PipelineRow> {
  const row = await findPipeline(db, key);
  if (row === undefined) throw notFound(`pipeline ${key.name} of tenant ${key.tenant}`);
  return row;
}
