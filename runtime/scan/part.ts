import { addTally, newTally, type Tally } from "./progress.ts";
import type { Spool } from "./spool.ts";

/** A batch and what is still missing until it counts. */
export interface Part {
  readonly tally: Tally;
  readonly deletions: string[];
  open: number;
}

/** Open once: while the batch is being taken. */
export function newPart(): Part {
  return { tally: newTally(), deletions: [], open: 1 };
}

/** What becomes of a part that counts. */
export function countingTo(tally: Tally, spool: Spool): (part: Part) => void {
  return (part) => {
    addTally(tally, part.tally);
    for (const key of part.deletions) spool.add(key);
  };
}
