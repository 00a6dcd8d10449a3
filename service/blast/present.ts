import { classes, listBlast, sumBlast, type BlastItem, type BlastRow } from "../db/blast.ts";
import type { Queries } from "../db/database.ts";
import { previewIdOf } from "../db/previews.ts";
import type { BlastItem as Item, BlastRadius } from "./schema.ts";

const mostShown = 50;

export async function presentBlast(db: Queries, row: BlastRow): Promise<BlastRadius> {
  const sums = await sumBlast(db, row.id);
  const by = (what: "pipelines" | "tenants") =>
    Object.fromEntries(
      classes.map((name) => [name, sums.find((sum) => sum.class === name)?.[what] ?? 0]),
    ) as BlastRadius["pipelines"];
  const pipelines = by("pipelines");
  const total = Object.values(pipelines).reduce((sum, count) => sum + count, 0);
  const worst = await listBlast(db, {
    id: row.id,
    class: undefined,
    limit: mostShown,
    after: undefined,
  });
  const self = `/v1/blast-radius/${row.id}`;
  return {
    id: row.id,
    state: pipelines.pending === 0 ? "done" : "running",
    createdAt: row.created_at.toISOString(),
    by: row.by_name,
    program: row.program,
    total,
    done: total - pipelines.pending,
    pipelines,
    tenants: by("tenants"),
    worst: worst.slice(0, mostShown).map(presentBlastItem),
    links: { self, pipelines: `${self}/pipelines`, page: `${self}/page` },
  };
}

export function presentBlastItem(item: BlastItem): Item {
  return {
    tenant: item.tenant,
    pipeline: item.pipeline,
    class: item.class,
    counts: item.counts,
    message: item.message,
    links: {
      preview: `/v1/previews/${previewIdOf(item.operation_id)}`,
      operation: `/v1/operations/${item.operation_id}`,
    },
  };
}
