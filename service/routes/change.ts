import { createHash } from "node:crypto";
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
    const operation = await once(transaction, request, async () => {
      const changed = await change(transaction);
      return changed.operation;
    });
    return { operation, position: await queuePosition(transaction, operation) };
  });
  context.operationQueued();
  const body = presentOperation(operation, { position });
  return {
    status: body.done ? 200 : 202,
    body,
    headers: { location: body.links.self, ...(body.done ? {} : { "retry-after": "1" }) },
  };
}

const keyForm = /^[\x21-\x7e]{1,255}$/;

async function once(
  transaction: Queries,
  { tenant, what, idempotencyKey }: ChangeRequest,
  change: () => Promise<OperationRow>,
): Promise<OperationRow> {
  if (idempotencyKey === undefined) return change();
  if (!keyForm.test(idempotencyKey)) throw badKey();
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
  const detail = "Expected 1 to 255 printable characters without spaces, such as a UUID.";
  return new RequestProblem("invalid-request", `Idempotency-Key: ${detail}`, {
    errors: [{ in: "header", pointer: "/Idempotency-Key", detail }],
  });
}
