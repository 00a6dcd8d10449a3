import type { Findings, Oversight } from "../previews/findings.ts";
import type { OperationEvent, ResourceCounts } from "./events.ts";

/** What an engine run does to a stack. `up` makes the stack when it does not exist; `destroy` removes it afterwards. */
export type EngineAction = "up" | "preview" | "destroy" | "refresh";

export interface ConfigValue {
  value: string;
  secret?: boolean;
}

/** One engine run, complete: a child needs nothing else but its environment. */
export interface OperationRequest {
  /** Stack name without organization and project: `foundation-local`, `acme.exports`. */
  stack: string;
  action: EngineAction;
  /** For an `up`: look at what is there first, so that what was changed by hand is put back. */
  refresh?: boolean;
  /** The rules that it is held to, and for an `up` the plan; a preview that has it makes a plan and tells what it found. */
  oversight?: Oversight;
  /** For a `refresh`: say what has drifted and leave the state as it is. */
  previewOnly?: boolean;
  /** For a `destroy`: only take away the stack, which must be without resources; nothing in the clouds is touched. */
  onlyEmpty?: boolean;
  /** Full config keys (`causeway:environment`) to values. Replaces what the stack had. */
  config: Record<string, ConfigValue>;
  /** An earlier run may have died on this stack: what it left pending is adopted or forgotten first. */
  repair?: boolean;
  /** A folder for Pulumi.yaml and the stack's settings; made when absent, owned by this run. */
  workDir: string;
  /** What encrypts the secrets of a stack that is made; one that exists keeps its own. Absent: the backend's default. */
  secretsProvider?: string;
  /** W3C Trace Context of the child's span, for the engine and its plugins. */
  traceparent?: string;
  /** Engine root: `<engine>/bin/pulumi`. Absent: `pulumi` on the PATH. */
  engine?: string;
  /** Absolute path of the module whose export `program` is run inline; default: the product's program. */
  program?: string;
}

/** Stack outputs as the engine knows them; what is secret is not among them, only its name is. */
export interface StackOutputs {
  values: Record<string, unknown>;
  secretNames: string[];
}

/** Why an engine run did not succeed. */
export interface OperationFailure {
  /** Stable, for programs: `program-failed`, `resource-failed`, `stack-locked`, `deadline`, `cancelled`, `engine-missing`, `engine-failed`. */
  code: string;
  /** The cause in the engine's or the cloud's own words, without secrets. */
  message: string;
  /** URN of the resource that failed, where one did. */
  resource: string | null;
  /** What to do next. */
  remedy: string;
}

export interface OperationResult {
  outcome: "succeeded" | "failed" | "cancelled";
  /** Steps by kind, `same` included; null when the engine did not get so far as to say. */
  changes: ResourceCounts | null;
  /** Present after a successful `up` or `refresh`. */
  outputs: StackOutputs | null;
  failure: OperationFailure | null;
  /** Of a run under oversight that succeeded. */
  findings?: Findings;
  /** Wall time of the child, in seconds. */
  seconds: number;
  /** The process group had to be killed, and the stack's lock was dealt with afterwards. */
  forced: boolean;
}

/**
 * Parent to child, over IPC. `alive` comes every few seconds: a child that has heard nothing for `leashMs` stops its engine, and after
 * `graceMs` kills it.
 */
export type ToChild =
  | { type: "run"; request: OperationRequest; leashMs: number; graceMs: number }
  | { type: "alive" }
  | { type: "cancel" };

/** Child to parent, over IPC; `settled` is the last. */
export type FromChild =
  | { type: "ready" }
  | { type: "event"; event: OperationEvent }
  | { type: "note"; message: string }
  | { type: "settled"; result: Omit<OperationResult, "seconds" | "forced"> };
