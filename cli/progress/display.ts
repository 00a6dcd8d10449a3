import { showBytes, showCount, showDuration } from "../units.ts";
import type { Estimate, Eta } from "./estimate.ts";
import { settledOf, shareOf, type Snapshot } from "./snapshot.ts";

export interface DisplayOptions {
  readonly columns: number;
  readonly color: boolean;
  /** Milliseconds since 1970, for the clock time of the end. */
  readonly now: number;
}

/** The lines of a progress display: what is done, then what is going on. Words carry the meaning, colour only stresses it. */
export function displayLines(
  snapshot: Snapshot,
  estimate: Estimate,
  options: DisplayOptions,
): string[] {
  const share = shareOf(snapshot);
  const { counting, found, totals, movedBytes } = snapshot;
  const { bytesPerSecond, objectsPerSecond } = estimate.rates();
  const percent =
    share === undefined ? "counting" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
  const settled = showCount(settledOf(snapshot));
  const first = [
    percent.padStart(8),
    `${settled} of ${counting ? "at least " : ""}${showCount(found.objects)} objects`,
    `${showBytes(movedBytes)} moved`,
    `${showBytes(bytesPerSecond)}/s`,
    `${showCount(objectsPerSecond)}/s`,
    showEta(estimate.eta(), options.now),
  ];
  const second = [
    `${showCount(totals.copied)} copied`,
    `${showCount(totals.unchanged)} unchanged`,
    ...(totals.held > 0 ? [`${showCount(totals.held)} held`] : []),
    ...(totals.failed > 0 ? [stress(`${showCount(totals.failed)} failed`, options.color)] : []),
    `${showCount(snapshot.inFlight)} in flight`,
    `window ${snapshot.windows.map(showCount).join("/")}`,
    `${showCount(snapshot.retries)} retries`,
    `${showCount(snapshot.throttled)} throttled`,
  ];
  return [first.join("  "), `${" ".repeat(10)}${second.join("  ")}`].map((line) =>
    cut(line, options.columns),
  );
}

/** `ETA 2 to 3 min, by 14:07`. */
export function showEta(eta: Eta | undefined, now: number): string {
  if (eta === undefined) return "ETA counting";
  if (eta.most === 0) return "closing the books";
  const by = new Date(now + eta.most).toTimeString().slice(0, 5);
  const least = showDuration(Math.max(1000, eta.least));
  const most = showDuration(Math.max(1000, eta.most));
  return `ETA ${least === most ? most : `${least} to ${most}`}, by ${by}`;
}

function stress(text: string, color: boolean): string {
  return color ? `\u001b[31m${text}\u001b[39m` : text;
}

/** To the terminal's width, not counting what has none. */
function cut(line: string, columns: number): string {
  let shown = 0;
  let result = "";
  for (const part of line.match(/\u001b\[\d+m|[\s\S]/g) ?? []) {
    if (part.length === 1 && (shown += 1) > columns - 1) continue;
    result += part;
  }
  return result;
}
