import type { Totals } from "../ledger/totals.ts";

/** What a worker says of itself. Refused requests are problems, not ill health: a restart would not mend them. */
export interface Health {
  /** `hanging`: no poller has gone round for two minutes. */
  readonly status: "ok" | "stopping" | "hanging";
  readonly messagesInFlight: number;
  readonly totals: Totals;
}

const HANGING_MS = 120_000;

export function healthOf(
  facts: {
    readonly stopping: boolean;
    readonly lastTurn: number;
    readonly inFlight: number;
    readonly totals: Totals;
  },
  now: number,
): Health {
  // A poller that waits for a slot behind long copies does not go round either; it is well as long as there is work.
  const hanging = facts.inFlight === 0 && now - facts.lastTurn > HANGING_MS;
  return {
    status: facts.stopping ? "stopping" : hanging ? "hanging" : "ok",
    messagesInFlight: facts.inFlight,
    totals: facts.totals,
  };
}
