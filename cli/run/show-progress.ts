import { displayLines } from "../progress/display.ts";
import { Estimate } from "../progress/estimate.ts";
import { shareOf } from "../progress/snapshot.ts";
import type { Board } from "./board.ts";
import type { Output } from "./output.ts";

const DRAW_MS = 250;
const LINE_MS = 10_000;

/** Shows how a run goes on: four times a second on a terminal, else a line every ten seconds. Returns what ends it. */
export function startProgress(board: Board, output: Output): () => void {
  const estimate = new Estimate();
  const show = (): void => {
    const snapshot = board.snapshot();
    estimate.add(snapshot);
    if (output.live) {
      const { columns, color } = output;
      output.draw(displayLines(snapshot, estimate, { columns, color, now: Date.now() }));
      return;
    }
    const { ms, ...rest } = snapshot;
    const eta = estimate.eta();
    output.tell(
      "info",
      {
        event: "progress",
        seconds: ms / 1000,
        share: shareOf(snapshot),
        ...rest,
        ...estimate.rates(),
        etaSeconds: eta === undefined ? undefined : [eta.least / 1000, eta.most / 1000],
      },
      "",
    );
  };
  const timer = setInterval(show, output.live ? DRAW_MS : LINE_MS);
  return () => {
    clearInterval(timer);
    output.clear();
  };
}
