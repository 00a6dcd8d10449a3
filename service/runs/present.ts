import type { z } from "zod";
import type { Sum } from "../../runtime/ledger/books.ts";
import { states, type LedgerEntry } from "../../runtime/ledger/entry.ts";
import type { RunRow } from "../db/runs.ts";
import type { RunObject } from "../http/schemas.ts";

/** While a run is open, what nothing has been seen of is unknown (null), not 0. */
export function presentRun(row: RunRow) {
  const self = `/v1/tenants/${row.tenant}/pipelines/${row.pipeline}/runs/${row.id}`;
  const counting = row.state === "open";
  const { totals } = row;
  return {
    id: row.id,
    tenant: row.tenant,
    pipeline: row.pipeline,
    state: row.state,
    openedAt: row.opened_at.toISOString(),
    closedAt: row.closed_at?.toISOString() ?? null,
    waiting: row.waiting,
    totals: {
      ...known(totals, counting),
      ...Object.fromEntries(states.map((state) => [state, known(totals[state], counting)])),
    },
    failures: row.failures,
    problems: row.problems,
    updatedAt: row.updated_at.toISOString(),
    links: { self, objects: `${self}/objects`, events: `${self}/events` },
  };
}

function known({ objects, bytes }: Sum, counting: boolean) {
  return counting && objects === 0 ? { objects: null, bytes: null } : { objects, bytes };
}

export function presentObject(entry: LedgerEntry): z.output<typeof RunObject> {
  return {
    key: entry.key,
    target: entry.target,
    name: entry.name,
    state: entry.state,
    reason: entry.reason,
    class: entry.class,
    action: entry.action,
    pin: entry.pin,
    size: entry.size,
    how: entry.how,
    why: entry.why,
    bytesRead: entry.bytesRead,
    checksum: entry.checksum,
    run: entry.run,
    at: entry.at,
    seconds: entry.seconds,
    attempts: entry.attempts,
    generation: entry.generation,
  };
}
