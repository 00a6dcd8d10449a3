import type { Value } from "./expression.ts";

export interface Situation {
  readonly metric: Value;
  readonly targetValue: number;
  readonly current: number;
  readonly min: number;
  readonly max: number;
  /** Milliseconds since the last change in that direction or the other; Infinity when there was none. */
  readonly sinceOut: number;
  readonly sinceIn: number;
  readonly outCooldownMs: number;
  readonly inCooldownMs: number;
  readonly mayScaleIn: boolean;
}

/**
 * The capacity that target tracking wants: in proportion to how far the metric is from its target, within the
 * bounds, and not before the cooldown is over. Without data nothing changes but what the bounds demand. Pure.
 * Source: Application Auto Scaling User Guide, "How target tracking scaling works".
 */
export function wantedCapacity(now: Situation): number {
  const bounded = (count: number) => Math.min(now.max, Math.max(now.min, count));
  const kept = bounded(now.current);
  if (now.metric === undefined) return kept;
  // With no task running the metric is the whole backlog: as many as it takes.
  const base = Math.max(1, now.current);
  const exact = bounded(Math.ceil((base * now.metric) / now.targetValue));
  if (exact > kept) return now.sinceOut >= now.outCooldownMs ? exact : kept;
  if (exact === kept || !now.mayScaleIn) return kept;
  const quiet = Math.min(now.sinceIn, now.sinceOut);
  // A tenth below the target is where AWS sets the low alarm: nearer than that, it would only swing.
  const low = now.metric < now.targetValue * 0.9;
  return low && quiet >= now.inCooldownMs ? exact : kept;
}
