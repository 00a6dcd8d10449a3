import {
  closeName,
  stateName,
  type ScanClose,
  type ScanState,
} from "../../runtime/scan/fleet/state.ts";
import type { Tally } from "../../runtime/scan/progress.ts";
import type { RunSources } from "./clouds.ts";
import type { Places } from "./places.ts";

/** A scan as the workers have left it beside the ledger. */
export interface ScanView {
  readonly id: string;
  readonly state: "asked" | ScanState["phase"] | ScanClose["outcome"];
  readonly reason: string | null;
  readonly startedAt: string | null;
  readonly closedAt: string | null;
  readonly targets: readonly {
    readonly target: string;
    readonly found: Tally["found"];
    readonly states: Tally["states"];
    /** Copies whose source is gone, and why they were not deleted. */
    readonly deletions: { readonly wanted: number; readonly held: string | null };
  }[];
}

/** Asks the pipeline's workers for a scan. */
export async function askForScan(sources: RunSources, places: Places, id: string): Promise<void> {
  await sources.ask(places.queueUrl, { causeway: "scan", id });
}

/** Undefined: no worker has taken it up. */
export async function readScan(
  sources: RunSources,
  { ledgerBucket, ledgerPrefix }: Places,
  id: string,
): Promise<ScanView | undefined> {
  const read = async <T>(name: string): Promise<T | undefined> => {
    const bytes = await sources.ledgerFile(ledgerBucket, `${ledgerPrefix}${name}`);
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as T);
  };
  const closed = await read<ScanClose>(closeName(id));
  if (closed !== undefined) return ofClose(closed);
  const state = await read<ScanState>(stateName(id));
  return state === undefined ? undefined : ofState(state);
}

function ofClose({ id, outcome, reason, startedAt, closedAt, targets }: ScanClose): ScanView {
  return {
    id,
    state: outcome,
    reason,
    startedAt,
    closedAt,
    targets: targets.map(({ target, tally, deletions: { wanted, held } }) => ({
      target,
      found: tally.found,
      states: tally.states,
      deletions: { wanted, held },
    })),
  };
}

/** While it runs, what its listing has found so far. */
function ofState({ id, phase, startedAt, legs }: ScanState): ScanView {
  return {
    id,
    state: phase,
    reason: null,
    startedAt,
    closedAt: null,
    targets: legs.map(({ target, tally, spool, held }) => ({
      target,
      found: tally.found,
      states: tally.states,
      deletions: { wanted: spool.keys, held: held ?? null },
    })),
  };
}
