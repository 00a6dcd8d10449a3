import type { Totals } from "../../runtime/ledger/totals.ts";
import { showBytes, showCount, showDuration } from "../units.ts";
import type { Cause } from "./causes.ts";

/** All that is said when a run has ended. */
export interface Summary {
  readonly run: string;
  readonly source: string;
  readonly target: string;
  readonly dryRun: boolean;
  /** Why the run ended early, in words. */
  readonly stopped: string | undefined;
  readonly ms: number;
  /** Undefined: the source's listing did not end, so how much there is is not known. */
  readonly found: { readonly objects: number; readonly bytes: number } | undefined;
  readonly totals: Totals;
  readonly how: { readonly url: number; readonly stream: number };
  readonly causes: readonly Cause[];
  readonly retries: number;
  readonly throttled: number;
  readonly requests: number;
  /** US dollars by the price table; undefined: not priced. */
  readonly cost: number | undefined;
  /** Deletions that a cap held back. */
  readonly withheld: { readonly count: number; readonly why: string } | undefined;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** The ledger's folder or address. */
  readonly ledger: string | undefined;
  /** The command that goes on or does again what failed. */
  readonly again: string | undefined;
}

/** Found = copied + unchanged + skipped + held + failed: whether every key that was found has ended in one state. */
export function closes({ found, totals }: Pick<Summary, "found" | "totals">): boolean {
  if (found === undefined) return false;
  const { copied, unchanged, skipped, held, failed } = totals;
  return found.objects === copied + unchanged + skipped + held + failed;
}

export function summaryLines(summary: Summary): string[] {
  return [
    headline(summary),
    books(summary),
    ...measures(summary),
    ...withheldLines(summary),
    ...summary.causes.flatMap(causeLines),
    ...(summary.ledger === undefined ? [] : [`ledger   ${summary.ledger}`]),
    ...(summary.again === undefined ? [] : [`again    ${summary.again}`]),
  ];
}

/** The answer first. */
function headline(summary: Summary): string {
  const { totals, source, target, dryRun, stopped } = summary;
  const objects = `${showCount(totals.copied)} ${totals.copied === 1 ? "object" : "objects"} (${showBytes(totals.bytes)})`;
  const what = dryRun ? `would copy ${objects}` : `copied ${objects}`;
  const from = `${source} -> ${target}: ${what} in ${showDuration(summary.ms)}`;
  if (stopped !== undefined) return `Stopped. ${from}. ${stopped}`;
  if (totals.failed > 0) return `${from}; ${showCount(totals.failed)} failed.`;
  if (totals.held > 0) return `${from}; ${showCount(totals.held)} held.`;
  return dryRun ? `${from}. Nothing was changed.` : `${from}. Everything has arrived.`;
}

function books(summary: Summary): string {
  const { found, totals } = summary;
  const parts = (["copied", "unchanged", "skipped", "held", "failed"] as const)
    .map((state) => `${showCount(totals[state])} ${state}`)
    .join(" + ");
  const deleted = totals.deleted > 0 ? `; ${showCount(totals.deleted)} deleted at the target` : "";
  if (found === undefined)
    return `books    not closed: the source was not listed to its end. ${parts}${deleted}`;
  const sign = closes(summary) ? "=" : "is not";
  return `books    ${showCount(found.objects)} found (${showBytes(found.bytes)}) ${sign} ${parts}${deleted}`;
}

function measures(summary: Summary): string[] {
  const { totals, ms, how } = summary;
  const seconds = Math.max(ms, 1) / 1000;
  const lines = [
    `speed    ${showBytes(totals.bytes / seconds)}/s, ${showCount(totals.copied / seconds)} objects/s; ${showCount(how.url)} by URL, ${showCount(how.stream)} through here`,
    `requests ${showCount(summary.requests)}, ${showCount(summary.retries)} retries, ${showCount(summary.throttled)} throttled${summary.cost === undefined ? "" : `; about ${showDollars(summary.cost)}`}`,
    `used     ${summary.cpuSeconds.toFixed(1)} s of CPU, ${showBytes(summary.peakBytes)} of memory`,
  ];
  return summary.dryRun ? lines.slice(1) : lines;
}

function withheldLines({ withheld }: Summary): string[] {
  if (withheld === undefined) return [];
  return [`deletes  none was made: ${withheld.why}. If that is meant, raise --max-delete.`];
}

function causeLines(cause: Cause): string[] {
  const { state, count, reason, examples } = cause;
  const action = cause.action === null ? "" : ` at ${cause.action}`;
  const more = count > examples.length ? `, and ${showCount(count - examples.length)} more` : "";
  return [
    `${state.padEnd(8)} ${showCount(count)} with ${cause.class}${action}: ${reason}`,
    `         ${examples.join(", ")}${more}`,
  ];
}

export function showDollars(dollars: number): string {
  return dollars >= 0.1 || dollars === 0 ? `$${dollars.toFixed(2)}` : `$${dollars.toPrecision(2)}`;
}
