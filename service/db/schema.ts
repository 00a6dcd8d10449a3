import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { PipelineSpec } from "../../infra/spec/index.ts";
import type { Identity } from "../auth/principal.ts";
import type { OperationFailure, StackOutputs } from "../automation/request.ts";
import type { PropertyChange, ResourceCounts } from "../automation/events.ts";
import type { PreviewStep } from "../previews/schema.ts";
import type { Approval, PreviewResult } from "../previews/findings.ts";
import type { Failure, RunTotals } from "../../runtime/ledger/books.ts";
import type { Problem } from "../runs/problems.ts";

/** timestamptz: read as Date, written as Date; never part of an insert when the database fills it. */
type Moment = ColumnType<Date, Date, Date>;
type OptionalMoment = ColumnType<Date | null, Date | null | undefined, Date | null>;
type FilledMoment = ColumnType<Date, Date | undefined, Date>;
/** json (which keeps the order of fields, as jsonb does not), null where absent; written as JSON text. */
type OptionalJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

export type OperationAction = "create" | "update" | "delete" | "preview" | "drift";
export type OperationState = "queued" | "running" | "succeeded" | "failed" | "cancelled";
/** `proposed`: only a preview knows of it. `removed` rows are tombstones: their names may be used again. */
export type PipelineState = "proposed" | "active" | "deleting" | "removed";
/** `open` until the books close; `incomplete`: closed with objects failed or held. */
export type RunState = "open" | "complete" | "incomplete";

export interface PipelineTable {
  id: string;
  tenant: string;
  name: string;
  stack: string;
  state: PipelineState;
  generation: number;
  /** Grows with every change of the row, so that an ETag does. */
  revision: Generated<number>;
  spec: JSONColumnType<PipelineSpec>;
  /** The generation that was last built whole; null before the first. */
  deployed_generation: number | null;
  outputs: OptionalJson<StackOutputs>;
  created_at: FilledMoment;
  updated_at: FilledMoment;
  removed_at: OptionalMoment;
  /** How many resources are not as they were built; null: nobody has looked yet. */
  drifted: number | null;
  drift_looked_at: OptionalMoment;
  /** At rest, as it was last built; null: never built, or not by this version. */
  monthly_usd: number | null;
  /** null: it lives until somebody deletes it. */
  ttl_seconds: number | null;
  expires_at: OptionalMoment;
  /** null: nothing to warn of, or it was done. */
  warn_at: OptionalMoment;
}

export interface GenerationTable {
  pipeline_id: string;
  generation: number;
  spec: JSONColumnType<PipelineSpec>;
  created_at: FilledMoment;
}

export interface OperationTable {
  id: string;
  /** Order within a lane. A bigint: drivers differ in how they read one. */
  seq: ColumnType<string | number, never, never>;
  tenant: string;
  pipeline_id: string;
  pipeline: string;
  /** The lane: one operation at a time. */
  stack: string;
  action: OperationAction;
  generation: number;
  /** W3C Trace Context of the request that queued it. */
  traceparent: ColumnType<string | null, string | null | undefined, never>;
  /** What a preview looks at when it is not the pipeline's own spec. */
  spec: OptionalJson<PipelineSpec>;
  /** The module of another program than the service's, whose effect somebody wants to see. */
  program: string | null;
  state: OperationState;
  attempts: Generated<number>;
  created_at: FilledMoment;
  started_at: OptionalMoment;
  settled_at: OptionalMoment;
  cancel_requested: Generated<boolean>;
  /** Which service process holds the operation: `host:pid:began`. */
  lease_owner: string | null;
  /** Fencing token: grows with every claim; only its holder may settle. */
  lease_token: Generated<number>;
  lease_expires_at: OptionalMoment;
  child_pid: number | null;
  child_began: string | null;
  /** In the environment of the child and of all that it starts. */
  child_mark: string | null;
  /** How often its process, or the service that ran it, died. */
  deaths: Generated<number>;
  counts: OptionalJson<ResourceCounts>;
  failure: OptionalJson<OperationFailure>;
  seconds: number | null;
  /** Not taken before: put back with a delay because its stack is held by somebody else. */
  not_before: OptionalMoment;
}

/** A service that shares the work; it says every few seconds that it is there. */
export interface InstanceTable {
  /** `host:pid:began` */
  name: string;
  /** How many operations it runs at once. */
  slots: number;
  seen_at: Moment;
}

export interface OperationEventTable {
  operation_id: string;
  seq: number;
  at: Moment;
  kind: "resource" | "diagnostic" | "summary" | "note";
  urn: string | null;
  type: string | null;
  name: string | null;
  op: string | null;
  status: string | null;
  severity: string | null;
  message: string | null;
  changes: OptionalJson<PropertyChange[]>;
}

export interface IdempotencyTable {
  tenant: string;
  key: string;
  /** sha-256 of method, path and body. */
  digest: string;
  /** Id of what the request made: an operation, a scan, a token. */
  thing: string | null;
  created_at: FilledMoment;
}

export interface RunTable {
  id: string;
  pipeline_id: string;
  tenant: string;
  pipeline: string;
  state: RunState;
  opened_at: Moment;
  closed_at: OptionalMoment;
  /** Queue depth when last seen; null when it could not be asked. */
  waiting: number | null;
  totals: JSONColumnType<RunTotals>;
  failures: JSONColumnType<Failure[]>;
  problems: JSONColumnType<Problem[]>;
  updated_at: FilledMoment;
}

export interface LedgerFileTable {
  pipeline_id: string;
  key: string;
  run_id: string;
  entries: number;
  read_at: FilledMoment;
}

export interface LeaseTable {
  name: string;
  owner: string;
  expires_at: Moment;
}

export interface AuditTable {
  /** A bigint: drivers differ in how they read one. */
  seq: ColumnType<string | number, number, never>;
  at: ColumnType<Date, Date, never>;
  principal: string;
  principal_name: string;
  principal_kind: string;
  action: string;
  outcome: "done" | "refused";
  /** null: of the service as a whole. */
  tenant: string | null;
  target: string;
  detail: string | null;
  before_digest: string | null;
  after_digest: string | null;
  request_id: string | null;
  from_address: string | null;
  previous_hash: string;
  hash: string;
}

export interface TokenTable {
  id: string;
  name: string;
  /** null: an operator's. */
  tenant: string | null;
  role: "reader" | "writer" | "admin" | "operator";
  /** sha-256 of a secret of 256 random bits. */
  secret_hash: string;
  created_at: FilledMoment;
  created_by: string;
  expires_at: Moment;
  last_used_at: OptionalMoment;
  revoked_at: OptionalMoment;
}

export interface SessionTable {
  /** sha-256 of a secret of 256 random bits, which only the cookie holds. */
  hash: string;
  principal: string;
  /** Who said who it is. */
  issuer: string;
  identity: JSONColumnType<Identity>;
  created_at: FilledMoment;
  seen_at: FilledMoment;
  expires_at: Moment;
}

export interface PreviewTable {
  id: string;
  tenant: string;
  pipeline_id: string;
  pipeline: string;
  /** The operation that looks. */
  operation_id: string;
  state: "running" | "ready" | "failed" | "applied";
  created_at: FilledMoment;
  expires_at: Moment;
  by_id: string;
  by_name: string;
  commit: string | null;
  /** null: there was no such pipeline. */
  generation_from: number | null;
  generation_to: number;
  /** null: the pipeline's own. */
  spec: OptionalJson<PipelineSpec>;
  result: OptionalJson<PreviewResult>;
  digest: string | null;
  /** What applying it takes; dropped once it is applied or has expired. */
  approval: OptionalJson<Approval>;
  applied_operation_id: string | null;
  applied_at: OptionalMoment;
  applied_by: string | null;
}

export interface QuotaTable {
  tenant: string;
  revision: Generated<number>;
  /** null: no limit, here and below. */
  pipelines: number | null;
  operations_at_once: number | null;
  /** A bigint: drivers differ in how they read one. */
  bytes_per_day: ColumnType<string | number | null, number | null, number | null>;
  /** USD. */
  budget_per_month: number | null;
  updated_at: FilledMoment;
  updated_by: string;
}

export interface DriftTable {
  pipeline_id: string;
  operation_id: string;
  steps: JSONColumnType<PreviewStep[]>;
}

export interface BlastTable {
  id: string;
  created_at: FilledMoment;
  by_name: string;
  program: string | null;
}

export interface BlastPipelineTable {
  blast_id: string;
  operation_id: string;
}

export interface Database {
  blast_radius: BlastTable;
  blast_pipelines: BlastPipelineTable;
  drift: DriftTable;
  quotas: QuotaTable;
  previews: PreviewTable;
  audit_log: AuditTable;
  tokens: TokenTable;
  sessions: SessionTable;
  pipelines: PipelineTable;
  generations: GenerationTable;
  operations: OperationTable;
  instances: InstanceTable;
  operation_events: OperationEventTable;
  idempotency: IdempotencyTable;
  runs: RunTable;
  ledger_files: LedgerFileTable;
  leases: LeaseTable;
}
