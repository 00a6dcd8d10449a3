import { audit, type Deed, type Origin } from "../audit/record.ts";
import type { Context } from "../context.ts";
import type { Queries } from "../db/database.ts";
import { findOperation, queuePosition, type OperationRow } from "../db/operations.ts";
import type { Reply } from "../http/endpoint.ts";
import { once } from "../http/once.ts";
import { presentOperation } from "../operations/present.ts";
import { deedOf, type Changed } from "../pipelines/change.ts";

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
  const { operation, position, unqueued } = await context.db
    .transaction()
    .execute(async (transaction) => {
      let changed: Changed | undefined;
      const { tenant: scope, idempotencyKey: key, what } = request;
      const operation = await once(
        transaction,
        { scope, key, what },
        {
          first: async () => {
            changed = await change(transaction);
            return changed.operation;
          },
          idOf: ({ id }) => id,
          again: (id) => findOperation(transaction, id),
        },
      );
      const position = await queuePosition(transaction, operation);
      // Last, for it holds a lock that everybody wants.
      await audit(transaction, ...deedsOf(request, changed));
      return { operation, position, unqueued: changed?.unqueued ?? [] };
    });
  context.metrics.operationsUnqueued(unqueued);
  return queued(context, operation, position);
}

/** The answer of a request that stands in the queue now, or did before. */
export function queued(context: Context, operation: OperationRow, position: number): Reply {
  context.operationQueued();
  const body = presentOperation(operation, { position });
  return {
    status: body.done ? 200 : 202,
    body,
    headers: { location: body.links.self, ...(body.done ? {} : { "retry-after": "1" }) },
  };
}

/** Nothing where the request was answered with what was there. */
function deedsOf({ by, action }: ChangeRequest, done: Changed | undefined): Deed[] {
  if (done?.changed === undefined) return [];
  return [deedOf({ by, action }, done.operation, done.changed)];
}
