import { sql } from "kysely";
import type { Db } from "../db/database.ts";
import type { Metrics } from "./metrics.ts";

interface LaneRow {
  action: string;
  state: "queued" | "running";
  operations: string | number;
  oldest: number | null;
  expired: string | number;
}

interface RunsRow {
  open: string | number;
  waiting: string | number | null;
  failed: string | number | null;
  held: string | number | null;
}

/**
 * What stands in the database at this moment: the queue, the leases, the open runs. Every service on one database tells the same
 * numbers, so they are to be taken once (`max`), not added up.
 */
export function watchStock(metrics: Metrics, db: Db): void {
  const queued = metrics.gauge("operations_queued", "Operations that wait.", ["action"]);
  const oldest = metrics.gauge(
    "queue_oldest_seconds",
    "For how long the oldest operation has been waiting; 0: none waits.",
    ["action"],
  );
  const held = metrics.gauge("leases_held", "Operations under way, by any service.", ["action"]);
  const expired = metrics.gauge(
    "leases_expired",
    "Operations under way whose lease is over: nobody may be working on them.",
    [],
  );
  const runs = metrics.gauge("runs_open", "Runs whose books are open.", []);
  const objects = metrics.gauge(
    "open_run_objects",
    "Objects of open runs that wait, failed or are held.",
    ["state"],
  );
  const all = [queued, oldest, held, expired, runs, objects];
  metrics.collectWith(async () => {
    // What cannot be read must not look like the last thing that was.
    for (const gauge of all) gauge.reset();
    const [lanes, books] = await Promise.all([readLanes(db), readRuns(db)]);
    expired.set(lanes.reduce((sum, lane) => sum + Number(lane.expired), 0));
    for (const { action, state, operations, oldest: age } of lanes) {
      if (state === "running") held.set({ action }, Number(operations));
      else {
        queued.set({ action }, Number(operations));
        oldest.set({ action }, Math.max(0, age ?? 0));
      }
    }
    runs.set(Number(books?.open ?? 0));
    for (const state of ["waiting", "failed", "held"] as const) {
      objects.set({ state }, Number(books?.[state] ?? 0));
    }
  });
}

async function readLanes(db: Db): Promise<LaneRow[]> {
  const { rows } = await sql<LaneRow>`
    select action, state, count(*) as operations,
      extract(epoch from now() - min(created_at))::double precision as oldest,
      count(*) filter (where state = 'running' and lease_expires_at < now()) as expired
    from operations
    where state in ('queued', 'running')
    group by action, state`.execute(db);
  return rows;
}

async function readRuns(db: Db): Promise<RunsRow | undefined> {
  const { rows } = await sql<RunsRow>`
    select count(*) as open, sum(waiting) as waiting,
      sum((totals -> 'failed' ->> 'objects')::bigint) as failed,
      sum((totals -> 'held' ->> 'objects')::bigint) as held
    from runs where state = 'open'`.execute(db);
  return rows[0];
}
