import type { Need, Principal } from "../auth/principal.ts";
import type { Queries } from "../db/database.ts";
import { plannedSteps } from "../db/operation-events.ts";
import { findOperation, queuePosition, type OperationRow } from "../db/operations.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { notFound } from "../http/problem.ts";
import { Operation } from "../http/schemas.ts";
import { presentOperation, type OperationExtras } from "../operations/present.ts";
import { operationPath } from "./paths.ts";

export const operationGet = endpoint({
  method: "get",
  path: "/v1/operations/{operation}",
  access: "signed-in",
  operationId: "getOperation",
  summary: "Read an operation",
  params: operationPath,
  query: noQuery,
  answers: { 200: { description: "The operation.", schema: Operation } },
  problems: ["not-found"],
  handle: async ({ params, principal }, { db }) => {
    const row = await operationOr404(db, params.operation, principal, "read");
    const body = presentOperation(row, await extrasOf(db, row));
    return { status: 200, body, ...(body.done ? {} : { headers: { "retry-after": "1" } }) };
  },
});

/** @throws RequestProblem `not-found`, also for what one may not know of; `forbidden` */
export async function operationOr404(
  db: Queries,
  id: string,
  principal: Principal,
  need: Need,
): Promise<OperationRow> {
  const row = await findOperation(db, id);
  if (row === undefined) throw notFound(`operation ${id}`);
  principal.require(row.tenant, need, `operation ${id}`);
  return row;
}

async function extrasOf(db: Queries, row: OperationRow): Promise<OperationExtras> {
  if (row.state === "queued") return { position: await queuePosition(db, row) };
  if (row.state !== "succeeded") return {};
  if (row.action === "preview") return { steps: await plannedSteps(db, row.id) };
  const pipeline = await db
    .selectFrom("pipelines")
    .select(["outputs", "deployed_generation"])
    .where("id", "=", row.pipeline_id)
    .executeTakeFirst();
  return pipeline?.deployed_generation === row.generation
    ? { outputs: pipeline.outputs?.values }
    : {};
}
