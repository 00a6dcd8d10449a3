import type { LedgerRecord } from "../../runtime/ledger/entry.ts";
import type { Output } from "../run/output.ts";
import { showBytes } from "../units.ts";

/** So many failures are shown one by one; the summary groups them all, the ledger lists them all. */
const MOST = 20;

let told = 0;

/** A record as it is made: what went wrong always, the rest on request. */
export function tellRecord(record: LedgerRecord, output: Output): void {
  const { state, key, reason, size, how, class: kind, action, name, seconds } = record;
  const wrong = state === "failed" || state === "held";
  // What is beyond the budget may be most of a bucket.
  if (wrong && (!output.json || kind === "BudgetExceeded") && (told += 1) > MOST) {
    if (told === MOST + 1)
      output.tell("warn", { event: "note" }, "More follow; the summary groups them.");
    return;
  }
  const level = state === "failed" ? "error" : wrong ? "warn" : "debug";
  if (!output.wants(level)) return;
  output.tell(
    level,
    { event: "object", state, key, size, how, class: kind, action, reason, name, seconds },
    `${state.padEnd(9)} ${key}${size === null ? "" : ` (${showBytes(size)})`}${reason === null ? "" : `: ${reason}`}`,
  );
}
