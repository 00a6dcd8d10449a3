import type { Means, PlacedTarget } from "../../copy/work.ts";
import type { Policy } from "../../decide/policy.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Log } from "../../log.ts";
import type { Source } from "../../stores/contract.ts";
import type { Cap } from "../cap.ts";
import type { ScanMessage } from "./messages.ts";
import type { ScanObjects } from "./objects.ts";
import type { SliceLimits } from "./slices.ts";

/** What the scans of a pipeline need of a worker. */
export interface FleetOptions {
  readonly source: Source;
  readonly targets: readonly PlacedTarget[];
  readonly policy: Policy;
  readonly means: Means;
  /** Keys that are settled at once. */
  readonly objects: number;
  readonly cap: Cap;
  readonly ledger: Pick<Ledger, "record" | "recordUnchanged" | "room">;
  readonly store: ScanObjects;
  /** Puts a message into the pipeline's queue, to be seen after so many seconds (at most 900). */
  readonly send: (message: ScanMessage, delaySeconds: number, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
  /** How often a message is received before trouble that may pass counts as a failure. */
  readonly receives: number;
  /** Ends what is under way where it is. */
  readonly signal: AbortSignal;
  readonly slice?: SliceLimits;
  readonly timing?: Partial<FleetTiming>;
  readonly now?: () => number;
}

export interface FleetTiming {
  /** Between two saves of a listing's state, in milliseconds. */
  readonly saveMs: number;
  /** Between two looks whether all is settled, in seconds, at most. */
  readonly closeSeconds: number;
  /** Slices of which none has ended for so long are sent once more; after as long again, the scan is closed without them. Milliseconds. */
  readonly stuckMs: number;
  /** A scan that has not moved for so long no longer keeps the next one out. Milliseconds. */
  readonly abandonedMs: number;
}

export const FLEET_TIMING: FleetTiming = {
  saveMs: 5_000,
  closeSeconds: 20,
  stuckMs: 30 * 60_000,
  abandonedMs: 24 * 3600_000,
};

export const SLICE: SliceLimits = { keys: 1000, bytes: 5 * 1024 ** 3 };

/** Somebody else has taken the scan up: whatever was being done for it is theirs now. */
export class TakenOver extends Error {
  override readonly name = "TakenOver";
  constructor(scan: string) {
    super(`Another worker has taken up the scan ${scan}.`);
  }
}
