import type { Failure } from "./books.ts";
import { countLast } from "./count-last.ts";
import type { LedgerEntry } from "./entry.ts";
import type { LastLineQuery } from "./last-line-reading.ts";
import { lastLines } from "./last-lines.ts";
import { filesSince } from "./lines.ts";
import { runsOf, type KnownRun } from "./runs.ts";
import type { LedgerStore } from "./store.ts";

export interface ArrivalQuestion {
  readonly prefix: string;
  /** ISO 8601, UTC: everything that was at the source then. */
  readonly asOf: string;
  readonly target?: string | undefined;
  /** A moment at which no hint was waiting and the ledger was whole, where the pipeline has hints and someone has looked. */
  readonly restedAt?: string | undefined;
  /** How many keys that have not arrived are named. */
  readonly limit?: number | undefined;
}

/** What the answer rests on. */
export type ArrivalBasis =
  | {
      readonly kind: "scan";
      readonly run: string;
      readonly openedAt: string;
      readonly listedAt: string;
    }
  | { readonly kind: "hints"; readonly restedAt: string }
  | { readonly kind: "none"; readonly why: string };

export interface Arrival {
  readonly answer: "yes" | "no" | "unknown";
  readonly basis: ArrivalBasis;
  /** In one sentence. */
  readonly why: string;
  readonly notArrived: {
    readonly objects: number;
    readonly bytes: number;
    /** By state, class, action and target; largest first. */
    readonly groups: readonly Failure[];
    /** The first of them. */
    readonly keys: readonly LedgerEntry[];
  };
}

/**
 * Whether everything under a prefix, as it was at a time, has arrived. Yes takes a run that began to list the source at that time or later and whose books
 * are closed (or hints that were all settled since), and no key whose last line says failed or held. Memory: 30 bytes for each key that ever
 * failed or was held, at most some 60 MB; past that the files are read again for each part of the keys.
 */
export async function arrived(
  store: LedgerStore,
  question: ArrivalQuestion,
  signal: AbortSignal,
  bounds: { readonly pairs?: number; readonly lines?: number } = {},
): Promise<Arrival> {
  const { basis, pending } = basisOf(await runsOf(store, signal), question);
  // Such a run has a line of its own about every key that there was: older ones count for nothing.
  const since = basis.kind === "scan" ? Date.parse(basis.openedAt) : 0;
  const files = await filesSince(store, since, signal);
  const asOf = new Date(question.asOf).toISOString();
  const query: LastLineQuery = {
    prefix: question.prefix,
    target: question.target,
    states: ["failed", "held"],
    ignore: (entry) => isLater(entry, asOf),
  };
  const bad = await countLast(store, files, query, signal, bounds.pairs);
  const keys: LedgerEntry[] = [];
  const limit = Math.min(question.limit ?? 100, bad.objects);
  if (limit > 0) {
    for await (const entry of lastLines(store, files, query, signal, bounds.lines, bad.objects)) {
      keys.push(entry);
      if (keys.length === limit) break;
    }
  }
  return { ...verdict(bad.objects, basis, pending), basis, notArrived: { ...bad, keys } };
}

/** Trouble with what a later event brought says nothing of how it was before. */
function isLater({ state, hint }: LedgerEntry, asOf: string): boolean {
  if (state !== "failed" && state !== "held") return false;
  const time = Date.parse(hint?.eventTime ?? "");
  return !Number.isNaN(time) && time > Date.parse(asOf);
}

function basisOf(
  runs: readonly KnownRun[],
  { prefix, asOf, target, restedAt }: ArrivalQuestion,
): { basis: ArrivalBasis; pending: string | undefined } {
  const time = Date.parse(asOf);
  const covers = ({ opened }: KnownRun): boolean =>
    prefix.startsWith(opened.prefix) && (target === undefined || opened.targets.includes(target));
  const covering = runs.filter(covers);
  const closed = covering.findLast(
    ({ closing }) => Date.parse(closing?.listing?.beganAt ?? "") >= time,
  );
  const beganAt = closed?.closing?.listing?.beganAt;
  if (closed !== undefined && beganAt !== undefined) {
    return {
      basis: {
        kind: "scan",
        run: closed.opened.run,
        openedAt: closed.opened.openedAt,
        listedAt: beganAt,
      },
      pending: undefined,
    };
  }
  if (restedAt !== undefined && Date.parse(restedAt) >= time) {
    return { basis: { kind: "hints", restedAt }, pending: undefined };
  }
  const open = covering.findLast(
    ({ opened, closing }) => closing === undefined && Date.parse(opened.openedAt) >= time,
  );
  const last = covering.findLast(({ closing }) => closing?.listing != null);
  const listedAt = last?.closing?.listing?.beganAt;
  const why =
    listedAt === undefined
      ? "no run has listed the source under this prefix and closed its books"
      : `the source was last listed at ${listedAt}, which is earlier`;
  const pending =
    open && `run ${open.opened.run}, begun at ${open.opened.openedAt}, has not closed its books`;
  return { basis: { kind: "none", why }, pending };
}

function verdict(
  bad: number,
  basis: ArrivalBasis,
  pending: string | undefined,
): Pick<Arrival, "answer" | "why"> {
  if (bad > 0) {
    return {
      answer: "no",
      why: `${bad} ${bad === 1 ? "object has" : "objects have"} failed or are held`,
    };
  }
  if (pending !== undefined)
    return { answer: "no", why: `${pending}: what it has not reached is pending` };
  switch (basis.kind) {
    case "scan":
      return {
        answer: "yes",
        why: `run ${basis.run} listed the source at ${basis.listedAt} and every key ended well`,
      };
    case "hints":
      return {
        answer: "yes",
        why: `every hint had been settled at ${basis.restedAt} and every key ended well`,
      };
    case "none":
      return { answer: "unknown", why: basis.why };
  }
}
