import type { ObjectPlan } from "../cost/patterns.ts";
import type { Mapping } from "../decide/mapping.ts";
import type { Policy } from "../decide/policy.ts";
import type { LedgerRecord } from "../ledger/entry.ts";
import type { ListedObject, Source, Target, TargetSide } from "../stores/contract.ts";
import type { Buffers } from "./buffers.ts";
import type { Reach } from "./reach.ts";

/** What is known of a key before anything is asked: what listings have shown, or what a hint claimed. */
export interface Candidate {
  readonly key: string;
  /** As the source's listing shows it. */
  readonly source?: ListedObject | undefined;
  /** As the target's listing shows it; it must have been seen before the source is read. */
  readonly target?: TargetSide | undefined;
  /** The size that a hint claims: only says how to look first. */
  readonly size?: number | undefined;
}

/** A target with its place in a job. */
export interface PlacedTarget {
  /** In the spec and in the ledger. */
  readonly name: string;
  /** Put before every name. */
  readonly prefix: string;
  readonly store: Target;
  readonly mapping: Mapping;
}

/** A cap on bytes per second that the whole fleet shares (runtime/pace). */
export interface Rate {
  /** Resolves when so many bytes may travel; undefined: now. */
  take(bytes: number, signal: AbortSignal): Promise<void> | undefined;
}

/** A limit on dollars that the whole fleet shares (runtime/cost). */
export interface CostLimit {
  /** Sets aside what the copy will cost; resolves to what gives it back. Rejects with `Postponed` when that is not left. */
  take(target: string, plan: ObjectPlan, signal: AbortSignal): Promise<() => void>;
  /** The target's cloud reads so many bytes from the source by itself. */
  byUrl(target: string, bytes: number): void;
}

/** What a copy may use, shared by all the copies of a process. */
export interface Means {
  readonly buffers: Buffers;
  /** `auto`: by URL where it is cheaper and possible; `url`: wherever it is possible. */
  readonly by: "auto" | "url" | "stream";
  readonly reach: Reach;
  /** How many blocks of one object travel at once. Default: 16. */
  readonly ranges?: number | undefined;
  readonly rate?: Rate | undefined;
  /** Told of each block of an object that is staged under a name, those of an earlier copy too: so that a large one shows progress. */
  readonly onArrived?: ((name: string, bytes: number) => void) | undefined;
  readonly budget?: CostLimit | undefined;
}

/** One key on one target, and all that settling it needs. */
export interface Work {
  readonly candidate: Candidate;
  readonly source: Source;
  readonly target: PlacedTarget;
  readonly policy: Policy;
  readonly means: Means;
  readonly signal: AbortSignal;
  /** Between rounds; a test need not wait. */
  readonly pause?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/** The part of a ledger entry that settling decides. */
export type Outcome = Pick<
  LedgerRecord,
  | "state"
  | "reason"
  | "class"
  | "action"
  | "pin"
  | "size"
  | "modified"
  | "how"
  | "why"
  | "bytesRead"
  | "checksum"
  | "name"
  | "attempts"
>;

export type Checksum = NonNullable<LedgerRecord["checksum"]>;
