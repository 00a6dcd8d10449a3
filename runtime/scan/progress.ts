import { states, type TerminalState } from "../ledger/entry.ts";

export interface Sum {
  objects: number;
  bytes: number;
}

/** Counts of a scan. The keys that were found are all settled when the states (but `deleted`, whose keys the source does not have) add up to them. */
export interface Tally {
  readonly found: Sum;
  readonly states: Record<TerminalState, Sum>;
  /** Names that were listed at the target. */
  names: number;
  /** Names that only the target has. */
  extras: number;
}

/** A scan while it runs. */
export interface SweepProgress extends Tally {
  /** The listing has ended: nothing more will be found. */
  listed: boolean;
  inFlight: number;
  /** Ranges that are being listed at this moment. */
  ranges: number;
  /** What is to be deleted, or would be. */
  deletions: number;
}

export function newTally(): Tally {
  const sums = states.map((state) => [state, { objects: 0, bytes: 0 }] as const);
  return {
    found: { objects: 0, bytes: 0 },
    states: Object.fromEntries(sums) as Record<TerminalState, Sum>,
    names: 0,
    extras: 0,
  };
}

export function newProgress(): SweepProgress {
  return { ...newTally(), listed: false, inFlight: 0, ranges: 0, deletions: 0 };
}

export function addSum(to: Sum, objects: number, bytes: number): void {
  to.objects += objects;
  to.bytes += bytes;
}

export function addTally(to: Tally, from: Tally): void {
  addSum(to.found, from.found.objects, from.found.bytes);
  for (const state of states) {
    addSum(to.states[state], from.states[state].objects, from.states[state].bytes);
  }
  to.names += from.names;
  to.extras += from.extras;
}

/** Keys of the source that have come to a terminal state. */
export function settledObjects({ states: sums }: Tally): number {
  return states
    .filter((state) => state !== "deleted")
    .reduce((count, state) => count + sums[state].objects, 0);
}
