import type { Operation } from "../../../service/http/schemas.ts";
import type { Random } from "../random.ts";
import type { Client } from "./client.ts";

/** What a client knows of one pipeline: what it last asked for. */
export interface Wanted {
  readonly tenant: string;
  readonly name: string;
  /** Undefined: it is not to be there. */
  prefix: string | undefined;
  /** The last operation that was to change it. */
  last: string | undefined;
}

export interface Asked {
  id: string;
  what: string;
}

const parts = ["a", "b", "c", "d", "e"];

export function pipelinesOf(count: number): Wanted[] {
  const tenants = Math.max(1, Math.ceil(count / 4));
  return Array.from({ length: count }, (_, index) => ({
    tenant: `tenant${index % tenants}`,
    name: `pipe${index}`,
    prefix: undefined,
    last: undefined,
  }));
}

export function spec(prefix: string) {
  return { kind: "copy", source: { type: "s3", prefix }, targets: [{ type: "azure-blob" }] };
}

/** One random request about one pipeline. @returns the operation that it was answered with; undefined when it was refused by right. */
export async function ask(client: Client, one: Wanted, random: Random): Promise<Asked | undefined> {
  const all = `/v1/tenants/${one.tenant}/pipelines`;
  const self = `${all}/${one.name}`;
  const prefix = `${random.shuffled(parts).slice(0, random.integer(1, 4)).join("/")}/`;
  if (one.prefix === undefined) {
    const made = await change(client, one, "create", "POST", all, {
      name: one.name,
      spec: spec(prefix),
    });
    if (made !== undefined) one.prefix = prefix;
    return made;
  }
  const dice = random.next();
  if (dice < 0.5) {
    const put = await change(client, one, "put", "PUT", self, { spec: spec(prefix) });
    if (put !== undefined) one.prefix = prefix;
    return put;
  }
  if (dice < 0.65)
    return change(client, one, "preview", "POST", `${self}/previews`, { spec: spec(prefix) });
  if (dice < 0.75) return change(client, one, "update", "POST", `${self}/updates`, {});
  if (dice < 0.87 && one.last !== undefined) return cancel(client, one.last);
  const removed = await change(client, one, "delete", "DELETE", self);
  if (removed !== undefined) one.prefix = undefined;
  return removed;
}

async function change(
  client: Client,
  one: Wanted,
  what: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Asked | undefined> {
  const answer = await client.call(method, path, body);
  // Refused: it is being deleted, or was never there for one that saw it deleted.
  if (answer.status === 409 || answer.status === 404) return undefined;
  if (answer.status !== 202 && answer.status !== 200) {
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  const { id } = answer.body as Operation;
  if (what !== "preview") one.last = id;
  return { id, what };
}

async function cancel(client: Client, id: string): Promise<Asked | undefined> {
  const { status } = await client.call("POST", `/v1/operations/${id}/cancel`, {});
  return status === 200 || status === 202 ? { id, what: "cancel" } : undefined;
}

/** What a client does when all is quiet again: whatever did not succeed is asked for once more, until it does. */
export async function insist(client: Client, one: Wanted): Promise<void> {
  const all = `/v1/tenants/${one.tenant}/pipelines`;
  const self = `${all}/${one.name}`;
  for (let round = 1; round <= 5; round += 1) {
    const there = await client.call("GET", self);
    const { state } = (there.body as { status?: { state: string } }).status ?? {};
    if (one.prefix === undefined && there.status === 404) return;
    if (one.prefix !== undefined && there.status === 200 && state === "ready") return;
    const answer =
      one.prefix === undefined
        ? await client.call("DELETE", self)
        : there.status === 404
          ? await client.call("POST", all, { name: one.name, spec: spec(one.prefix) })
          : await client.call("PUT", self, { spec: spec(one.prefix) });
    const { id } = answer.body as Operation;
    if (answer.status === 202) await client.settled(id);
  }
  throw new Error(
    `${one.tenant}/${one.name} did not get to where it was wanted in 5 quiet rounds.`,
  );
}
