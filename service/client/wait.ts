import type { Operation } from "../http/schemas.ts";
import type { Client } from "./client.ts";
import { followOperation, type LiveEvent } from "./follow.ts";
import type { OperationId, Reply, Request } from "./operations.ts";

/** Waits until an operation has settled, however it ended; tells what happens meanwhile. */
export async function settled(
  client: Client,
  operation: Operation,
  onEvent: (event: LiveEvent) => void = () => undefined,
): Promise<Operation> {
  if (operation.done) return operation;
  for (;;) {
    for await (const event of followOperation(client, operation.id)) onEvent(event);
    const now = await client.call("getOperation", { params: { operation: operation.id } });
    if (now.done) return now;
  }
}

type ListId = {
  [Id in OperationId]: Reply<Id> extends { items: unknown[]; nextCursor: string | null }
    ? Id
    : never;
}[OperationId];
type Item<Id extends ListId> = Reply<Id> extends { items: (infer T)[] } ? T : never;

/** All rows of a list, page by page as they are wanted. */
export async function* rowsOf<Id extends ListId>(
  client: Client,
  id: Id,
  request: Request<Id>,
): AsyncGenerator<Item<Id>> {
  let next: string | null = null;
  do {
    const { query, ...rest } = request as { query?: object };
    const more = { limit: 500, ...query, ...(next === null ? {} : { cursor: next }) };
    const page = await client.call(id, { ...rest, query: more } as Request<Id>);
    const { items, nextCursor } = page as { items: Item<Id>[]; nextCursor: string | null };
    yield* items;
    next = nextCursor;
  } while (next !== null);
}

/** The same, at once: for lists that are known to be short enough. */
export async function allRows<Id extends ListId>(
  client: Client,
  id: Id,
  request: Request<Id>,
): Promise<Item<Id>[]> {
  const rows: Item<Id>[] = [];
  for await (const row of rowsOf(client, id, request)) rows.push(row);
  return rows;
}
