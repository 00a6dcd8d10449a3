import type { Context } from "../context.ts";
import { findRun } from "../db/runs.ts";
import type { EventStream } from "../http/event-stream.ts";
import { presentRun } from "./present.ts";

/** How often a run that is followed is asked to be brought up to date. */
const wantEveryMs = 1_000;

/**
 * Writes a run whenever its books have changed; when they close, a last event `closed` carries it and the stream ends. Each event holds the
 * whole run, so whoever comes back needs the newest only: `seen` is the id of the last event they had.
 */
export async function followRun(
  { db, changes, runsWanted }: Pick<Context, "db" | "changes" | "runsWanted">,
  run: { id: string; pipelineId: string },
  seen: string | undefined,
  stream: EventStream,
): Promise<void> {
  using watch = changes.watch(`run:${run.id}`);
  const want = setInterval(() => runsWanted(run.pipelineId), wantEveryMs);
  try {
    let told = seen;
    let before = "";
    while (!stream.signal.aborted) {
      const row = await findRun(db, run.pipelineId, run.id);
      if (row === undefined) return;
      const data = presentRun(row);
      const id = String(row.updated_at.getTime());
      // A look that found nothing new writes the row too.
      const content = JSON.stringify({ ...data, updatedAt: null });
      if (row.state !== "open") {
        await stream.send({ id: `${id}-closed`, event: "closed", data });
        return;
      }
      if (id !== told && content !== before) await stream.send({ id, event: "totals", data });
      told = id;
      before = content;
      await watch.changed(stream.signal);
    }
  } finally {
    clearInterval(want);
  }
}
