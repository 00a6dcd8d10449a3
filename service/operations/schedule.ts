import type { OperationAction } from "../db/schema.ts";

/**
 * The order in which operations are taken, as a pure function. The database takes them by the same rule in one statement (claimNext in
 * db/leases.ts; a test holds the two together); this one tells how long an operation will wait.
 */
export interface Waiting {
  id: string;
  tenant: string;
  /** The lane: one at a time, first in first out. */
  stack: string;
  action: OperationAction;
  /** Order of arrival. */
  seq: number;
  createdAt: number;
}

export interface Queue {
  waiting: readonly Waiting[];
  running: readonly Pick<Waiting, "tenant" | "stack">[];
  /** What was started last, the latest first. */
  recent: readonly { action: OperationAction; at: number }[];
  /** When each tenant was served last, in any unit that grows. */
  served: ReadonlyMap<string, number>;
  /** Tenants that may have no more at once. */
  resting?: ReadonlySet<string>;
}

/** A look that so many starts but one have passed over has its turn: a stream of changes delays it, and does not starve it. */
export const looksOneIn = 4;

/** Changes nothing, so that what does goes first. */
export function looks(action: OperationAction): boolean {
  return action === "preview" || action === "drift";
}

/** What is taken next: of the right kind, then of the tenant with the least under way, then of the one served longest ago, then the oldest. */
export function pickNext(queue: Queue): Waiting | undefined {
  const { waiting, running, recent, served, resting } = queue;
  const lookTurn = isTurnOfLooks(waiting, recent);
  const busy = new Set(running.map(({ stack }) => stack));
  const urgent = new Set(waiting.filter(({ action }) => !looks(action)).map(({ stack }) => stack));
  const underWay = new Map<string, number>();
  for (const { tenant } of running) underWay.set(tenant, (underWay.get(tenant) ?? 0) + 1);
  const heads = new Map<string, Waiting>();
  for (const one of waiting) {
    const head = heads.get(one.stack);
    if (head === undefined || one.seq < head.seq) heads.set(one.stack, one);
  }
  const rank = (one: Waiting): number[] => [
    // A look that a change waits behind is as urgent as the change.
    (looks(one.action) && !urgent.has(one.stack)) === lookTurn ? 0 : 1,
    underWay.get(one.tenant) ?? 0,
    served.get(one.tenant) ?? Number.NEGATIVE_INFINITY,
    one.seq,
  ];
  let best: { one: Waiting; rank: number[] } | undefined;
  for (const one of heads.values()) {
    if (busy.has(one.stack) || resting?.has(one.tenant) === true) continue;
    const mine = rank(one);
    if (best === undefined || before(mine, best.rank)) best = { one, rank: mine };
  }
  return best?.one;
}

function isTurnOfLooks(waiting: Queue["waiting"], recent: Queue["recent"]): boolean {
  const last = recent.slice(0, looksOneIn - 1);
  const oldest = Math.min(
    ...waiting.filter(({ action }) => looks(action)).map(({ createdAt }) => createdAt),
  );
  return (
    last.length === looksOneIn - 1 && last.every(({ action, at }) => !looks(action) && at > oldest)
  );
}

function before(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}
