import { performance } from "node:perf_hooks";
import type { Pace } from "../../runtime/pace/pace.ts";

const LEAST = 48;
const MOST = 768;
/** So many wait for a window, so that it can grow. */
const WAITING = 8;
const TURN_MS = 50;
/** The share of time in which this process has something to do: from here on more in flight would only wait for it, up to here there is room. */
const FULL = 0.97;
const ROOM = 0.9;

/** What can be known of a process's own time; a test holds it. */
export interface OwnTime {
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** The share of the time since the last call in which the process was busy. */
  readonly busy: () => number;
}

/**
 * How many objects should be in flight: as many as the origins serve and a few that press on their windows, so that these can grow; fewer where this process is the narrow
 * place, for there an object that waits only costs memory, and time in each collection of garbage.
 */
export function objectsInFlight(pace: Pace, { now, busy }: OwnTime = ownTime()): () => number {
  let cap = MOST;
  let objects = LEAST;
  let asked = 0;
  let turn = now();
  return () => {
    // Windows change slowly; objects come by the thousand.
    if ((asked += 1) % 16 !== 1) return objects;
    if (now() - turn >= TURN_MS) {
      turn = now();
      const share = busy();
      if (share > FULL) cap = Math.max(LEAST, 0.8 * Math.min(cap, objects));
      else if (share < ROOM) cap = Math.min(MOST, 1.25 * cap);
    }
    objects = Math.floor(Math.min(cap, Math.max(LEAST, Math.ceil(pace.usable) + WAITING)));
    return objects;
  };
}

function ownTime(): OwnTime {
  let last = performance.eventLoopUtilization();
  return {
    now: () => performance.now(),
    busy: () => {
      const current = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(current, last);
      last = current;
      return utilization;
    },
  };
}
