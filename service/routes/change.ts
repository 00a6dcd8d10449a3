import { createHash } from "node:crypto";
import { looksSecret } from "../../infra/spec/index.ts";
import { audit, type Deed, type Origin } from "../audit/record.ts";
import type { Context } from "../context.ts";
import type { Queries } from "../db/database.ts";
import { bindKey, useKey } from "../db/idempotency.ts";
import { findOperation, queuePosition, type OperationRow } from "../db/operations.ts";
import type { Reply } from "../http/endpoint.ts";
import { RequestProblem } from "../http/problem.ts";
import { presentOperation } from "../operations/present.ts";
import type { Changed } from "../pipelines/change.ts";

export interface ChangeRequest {
  tenant: string;
  /** Who asks, in which request. */
  by: Origin;
  /** As the audit log calls it: `pipeline.create`. */
  action: string;
  /** Method, path and body: what an idempotency key is bound to. */
  what: readonly unknown[];
  idempotencyKey: string | undefined;
}

/**
 * Does a change in one transaction, once per idempotency key, and answers with its operation: 202 while it is under way,
 * 200 when it had settled before.
 */
export async function answerWithOperation(
  context: Context,
  request: ChangeRequest,
  change: (transaction: Queries) => Promise<Changed>,
): Promise<Reply> {
  const { operation, position } = await context.db.transaction().execute(async (transaction) => {
    let changed: Changed | undefined;
    const operation = await once(transaction, request, async () => {
      changed = await change(transaction);
      return changed.operation;
    });
    const position = await queuePosition(transaction, operation);
    // Last, for it holds a lock that everybody wants.
    await audit(transaction, ...deedsOf(request, changed));
    return { operation, position };
  });
  context.operationQueued();
  const body = presentOperation(operation, { position });
  return {
    status: body.done ? 200 : 202,
    body,
    headers: { location: body.links.self, ...(body.done ? {} : { "retry-after": "1" }) },
  };
}

/** Nothing where the request was answered with what was there. */
function deedsOf({ by, action, tenant }: ChangeRequest, done: Changed | undefined): Deed[] {
  if (done?.changed === undefined) return [];
  const { pipeline, operation, changed } = done;
  const { principal, requestId, from } = by;
  return [
    {
      ...{ principal, requestId, from, action, tenant },
      target: `pipelines/${pipeline.name}`,
      ...changed,
      detail: `${operation.id}, generation ${operation.generation}`,
    },
  ];
}

const keyForm = /^[\x21-\x7e]{1,255}$/;

async function once(
  transaction: Queries,
  { tenant, what, idempotencyKey }: ChangeRequest,
  change: () => Promise<OperationRow>,
): Promise<OperationRow> {
  if (idempotencyKey === undefined) return change();
  // It is stored as it is.
  if (!keyForm.test(idempotencyKey) || looksSecret(idempotencyKey)) throw badKey();
  const digest = createHash("sha256").update(JSON.stringify(what)).digest("hex");
  const use = await useKey(transaction, tenant, idempotencyKey, digest);
  if (use.use === "for-another-request") {
    throw new RequestProblem(
      "key-reused",
      "This Idempotency-Key came with another request before. Use a new key for a new request.",
    );
  }
  if (use.use === "again") {
    const operation = await findOperation(transaction, use.operationId);
    if (operation !== undefined) return operation;
  }
  const operation = await change();
  await bindKey(transaction, tenant, idempotencyKey, operation.id);
  return operation;
}

function badKey(): RequestProblem {
  const detail =
    "Expected 1 to 255 printable characters without spaces and no credential, such as a UUID.";
  return new RequestProblem("invalid-request", `Idempotency-Key: ${detail}`, {
    errors: [{ in: "header", pointer: "/Idempotency-Key", detail }],
  });
}
