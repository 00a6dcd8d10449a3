import { audit } from "../audit/record.ts";
import { cancelQueued, findOperation, requestCancel } from "../db/operations.ts";
import { touch } from "../db/pipelines.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { RequestProblem } from "../http/problem.ts";
import { Operation } from "../http/schemas.ts";
import { presentOperation } from "../operations/present.ts";
import { operationOr404 } from "./operation-get.ts";
import { operationPath } from "./paths.ts";

export const operationCancel = endpoint({
  method: "post",
  path: "/v1/operations/{operation}/cancel",
  access: "signed-in",
  operationId: "cancelOperation",
  summary: "Stop an operation",
  description:
    "What is queued is cancelled at once. What runs is interrupted: resources under way are finished first, then it settles as cancelled.",
  params: operationPath,
  query: noQuery,
  answers: {
    200: { description: "It is cancelled.", schema: Operation },
    202: { description: "It is being interrupted.", schema: Operation },
  },
  problems: ["not-found", "conflict"],
  handle: async ({ params, principal, requestId, from }, context) => {
    const { db } = context;
    const before = await operationOr404(db, params.operation, principal, "write");
    const cancelled = await db.transaction().execute(async (transaction) => {
      const unqueued = await cancelQueued(transaction, before, "It was cancelled before it began.");
      if (unqueued.length > 0) await touch(transaction, before.pipeline_id);
      else await requestCancel(transaction, before.id);
      if (before.settled_at === null) {
        await audit(transaction, {
          ...{ principal, requestId, from, tenant: before.tenant },
          action: "operation.cancel",
          target: `operations/${before.id}`,
          detail: `${before.action} of ${before.pipeline}`,
        });
      }
      return unqueued;
    });
    context.metrics.operationsUnqueued(cancelled);
    if (cancelled.length === 0) context.operationCancelled(before.id);
    const row = (await findOperation(db, before.id)) ?? before;
    if (row.settled_at !== null && row.state !== "cancelled") {
      throw new RequestProblem("conflict", `The operation has ${row.state} already.`);
    }
    return { status: row.settled_at === null ? 202 : 200, body: presentOperation(row) };
  },
});
