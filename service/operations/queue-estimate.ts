import type { OperationAction } from "../db/schema.ts";
import { pickNext, type Waiting } from "./schedule.ts";

/** What is known when somebody asks how long an operation will wait. Times in seconds, as of now. */
export interface Outlook {
  waiting: readonly Waiting[];
  running: readonly { tenant: string; stack: string; action: OperationAction; since: number }[];
  /** What was started last, the latest first; `at` on the scale of `createdAt`. */
  recent: readonly { action: OperationAction; at: number }[];
  served: ReadonlyMap<string, number>;
  /** How long each action took of late, where one was done. */
  took: ReadonlyMap<OperationAction, number>;
  /** How many run at once, over all services. */
  slots: number;
  /** Now, on the scale of `createdAt`. */
  now: number;
}

export interface Place {
  /** How many operations are taken before this one. */
  position: number;
  /** Null when nothing is known of how long operations take. */
  waitSeconds: number | null;
}

/** Plays the queue forward, by the rule that it is served by, until the operation's turn; undefined when it does not wait. */
export function placeOf(id: string, outlook: Outlook): Place | undefined {
  if (!outlook.waiting.some((one) => one.id === id)) return undefined;
  const lengths = [...outlook.took.values()];
  const typical = lengths.reduce((sum, one) => sum + one, 0) / lengths.length;
  const lasts = (action: OperationAction): number => outlook.took.get(action) ?? typical;
  const known = lengths.length > 0;
  const running = outlook.running.map(({ tenant, stack, action, since }) => ({
    ...{ tenant, stack },
    until: known ? Math.max(0, lasts(action) - since) : 0,
  }));
  const waiting = [...outlook.waiting];
  const served = new Map(outlook.served);
  const recent = [...outlook.recent];
  let clock = 0;
  for (let position = 0; ;) {
    const queue = { waiting, running, recent, served };
    const next = running.length < outlook.slots ? pickNext(queue) : undefined;
    if (next === undefined) {
      const first = running.toSorted((a, b) => a.until - b.until)[0];
      // Nothing runs and nothing can be taken: it waits for something that is not in this picture.
      if (first === undefined) return { position, waitSeconds: null };
      clock = Math.max(clock, first.until);
      running.splice(running.indexOf(first), 1);
      continue;
    }
    if (next.id === id) return { position, waitSeconds: known ? Math.round(clock) : null };
    position += 1;
    waiting.splice(waiting.indexOf(next), 1);
    const at = outlook.now + clock + position * 1e-6;
    served.set(next.tenant, at);
    recent.unshift({ action: next.action, at });
    const { tenant, stack, action } = next;
    running.push({ tenant, stack, until: known ? clock + lasts(action) : 0 });
  }
}
