import type { Need, Principal } from "../auth/principal.ts";
import type { Queries } from "../db/database.ts";
import { findOperation, type OperationRow } from "../db/operations.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { notFound } from "../http/problem.ts";
import { Operation } from "../http/schemas.ts";
import { presentWhole } from "../operations/present-whole.ts";
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
    const body = await presentWhole(db, row);
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
