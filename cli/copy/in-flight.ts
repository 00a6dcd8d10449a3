import type { Pace } from "../../runtime/pace/pace.ts";

const LEAST = 48;
const MOST = 512;

/**
 * How many objects should be in flight: enough to fill the windows of all origins and to press on them a little, so that they can grow. More would only hold
 * memory while they wait for each other.
 */
export function objectsInFlight(pace: Pace): () => number {
  let asked = 0;
  let objects = LEAST;
  return () => {
    // Windows change slowly; objects come by the thousand.
    if ((asked += 1) % 16 === 1) {
      objects = Math.min(MOST, Math.max(LEAST, Math.ceil(1.25 * pace.permitted) + 8));
    }
    return objects;
  };
}
