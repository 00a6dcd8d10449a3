import { arrived, type Arrival } from "../../runtime/ledger/arrived.ts";
import type { LedgerStore } from "../../runtime/ledger/store.ts";
import type { Context } from "../context.ts";
import type { PipelineRow } from "../db/pipelines.ts";
import { listRuns } from "../db/runs.ts";
import type { RunSources } from "./clouds.ts";
import type { Places } from "./places.ts";

/** What S3 may take to tell of a change: an earlier look at an empty queue proves nothing. */
const eventDelayMs = 60_000;

export interface ArrivalQuery {
  prefix: string;
  asOf: string;
  target: string | undefined;
  limit: number;
}

/** Whether everything under a prefix has arrived, by the pipeline's ledger and, where it goes by events, by its queue. */
export async function hasArrived(
  { db, sources }: Pick<Context, "db" | "sources">,
  pipeline: PipelineRow,
  places: Places,
  query: ArrivalQuery,
  signal: AbortSignal,
): Promise<Arrival> {
  const { spec } = pipeline;
  const byEvents = spec.kind === "copy" && spec.discover.events;
  const restedAt = byEvents ? await lastRest({ db, sources }, pipeline.id, places) : undefined;
  return arrived(ledgerOf(sources, places), { ...query, restedAt }, signal);
}

/** Until when every hint is known to be settled: the last run's end, or now when none is open and none waits. */
async function lastRest(
  { db, sources }: Pick<Context, "db" | "sources">,
  pipelineId: string,
  { queueUrl }: Places,
): Promise<string | undefined> {
  const page = { pipelineId, limit: 2, after: undefined, state: undefined };
  const asked = Date.now();
  const [newest, before] = await listRuns(db, page);
  const resting = newest?.state !== "open" && (await sources.waiting(queueUrl)) === 0;
  const closed = newest?.state === "open" ? before : newest;
  const time = resting ? asked : closed?.closed_at?.getTime();
  return time === undefined ? undefined : new Date(time - eventDelayMs).toISOString();
}

function ledgerOf(sources: RunSources, { ledgerBucket, ledgerPrefix }: Places): LedgerStore {
  return {
    label: `s3://${ledgerBucket}/${ledgerPrefix}`,
    list: async function* (prefix, after) {
      const start = `${ledgerPrefix}${after === "" ? prefix : after}`;
      for await (const key of sources.ledgerKeys(ledgerBucket, `${ledgerPrefix}${prefix}`, start)) {
        yield key.slice(ledgerPrefix.length);
      }
    },
    read: (name) => sources.ledgerFile(ledgerBucket, `${ledgerPrefix}${name}`),
    write: () => Promise.reject(new Error("The service only reads ledgers.")),
  };
}
