import { states } from "../../ledger/entry.ts";
import { newTally, type Tally } from "../progress.ts";
import { folderOf } from "./state.ts";

/** The folder of what says which slices are settled. */
export function doneFolder(scan: string): string {
  return `${folderOf(scan)}done/`;
}

/** The counts are in the name, so that one listing tells them all. */
export function doneName(scan: string, slice: string, tally: Tally): string {
  const counts = states.flatMap((state) => {
    const { objects, bytes } = tally.states[state];
    return [objects, bytes];
  });
  return `${doneFolder(scan)}${slice}.${counts.join("-")}`;
}

/** The inverse; undefined: it is no such name. */
export function readDoneName(
  scan: string,
  name: string,
): { readonly slice: string; readonly tally: Tally } | undefined {
  const [slice, text = ""] = name.slice(doneFolder(scan).length).split(".");
  const counts = text.split("-").map(Number);
  if (slice === undefined || counts.length !== states.length * 2 || counts.some(Number.isNaN)) {
    return undefined;
  }
  const tally = newTally();
  states.forEach((state, at) => {
    tally.states[state].objects = counts[at * 2] ?? 0;
    tally.states[state].bytes = counts[at * 2 + 1] ?? 0;
  });
  return { slice, tally };
}
