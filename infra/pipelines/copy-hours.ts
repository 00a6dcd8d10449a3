import type { CopySpec } from "../spec/copy.ts";

/** How long a day nothing is copied, by the spec's hours. */
export function closedSeconds({ limits }: Pick<CopySpec, "limits">): number {
  const { window } = limits;
  if (window === undefined || window.outside !== undefined) return 0;
  const open = (minuteOf(window.to) - minuteOf(window.from) + DAY) % DAY;
  return (DAY - open) * 60;
}

const DAY = 24 * 60;

/** Minutes since midnight, of a time of day that the spec has checked. */
export function minuteOf(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(":").map(Number);
  return hour * 60 + minute;
}
