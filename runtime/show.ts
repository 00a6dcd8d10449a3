import type { Intake } from "./events/intake.ts";
import { startBeat } from "./health/beat.ts";
import { healthOf, type Health } from "./health/health.ts";
import { serveHealth } from "./health/http.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Log } from "./log.ts";
import type { Settings } from "./settings.ts";

const TOTALS_MS = 30_000;

export interface Shown {
  readonly settings: Pick<Settings, "beatFile" | "healthPort">;
  readonly intake: Intake;
  readonly ledger: Ledger;
  readonly log: Log;
  /** Aborted: the worker is stopping. */
  readonly receiving: AbortSignal;
}

/** Shows how the worker is, to its task's health check and in its log, until the returned function is called. */
export function showWorker(shown: Shown): () => void {
  const endHealth = showHealth(shown);
  const endTotals = logTotals(shown);
  return () => {
    endTotals();
    endHealth();
  };
}

function showHealth({ settings, intake, ledger, log, receiving }: Shown): () => void {
  const health = (): Health =>
    healthOf(
      {
        stopping: receiving.aborted,
        lastTurn: intake.lastTurn,
        inFlight: intake.inFlight,
        totals: ledger.totals(),
      },
      Date.now(),
    );
  const onTrouble = (error: unknown): void => log.warn({ err: error }, "health cannot be shown");
  const endBeat = startBeat(settings.beatFile, health, onTrouble);
  const server =
    settings.healthPort === undefined
      ? undefined
      : serveHealth(settings.healthPort, health, onTrouble);
  return () => {
    endBeat();
    server?.close();
    server?.closeAllConnections();
  };
}

/** A line with the totals every half minute in which they changed. */
function logTotals({ ledger, log }: Shown): () => void {
  let last = JSON.stringify(ledger.totals());
  const timer = setInterval(() => {
    const totals = ledger.totals();
    if (JSON.stringify(totals) === last) return;
    last = JSON.stringify(totals);
    log.info({ totals }, "totals since the worker started");
  }, TOTALS_MS);
  timer.unref();
  return () => clearInterval(timer);
}
