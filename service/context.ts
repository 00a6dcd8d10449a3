import type { Logger } from "pino";
import type { Authenticate } from "./auth/authenticate.ts";
import type { Changes } from "./db/changes.ts";
import type { Db } from "./db/database.ts";
import type { InFlight } from "./http/in-flight.ts";
import type { RateLimits } from "./http/rate-limits.ts";
import type { Streams } from "./http/streams.ts";
import type { RunSources } from "./runs/clouds.ts";
import type { Books } from "../runtime/ledger/books.ts";
import type { Creations } from "./pipelines/creations.ts";
import type { Settings } from "./settings.ts";
import type { SignIn } from "./sign-in/sign-in.ts";
import type { Metrics } from "./telemetry/metrics.ts";

/** What the endpoints work with. */
export interface Context {
  db: Db;
  settings: Settings;
  log: Logger;
  metrics: Metrics;
  changes: Changes;
  streams: Streams;
  rateLimits: RateLimits;
  /** Who sends a request. */
  authenticate: Authenticate;
  /** Of browsers; undefined without an issuer. */
  signIn: SignIn | undefined;
  creations: Creations;
  inFlight: InFlight;
  /** Says that an operation was queued. */
  operationQueued(): void;
  /** Interrupts an operation if this process runs it. */
  operationCancelled(id: string): void;
  /** Says that somebody looks at a pipeline's runs: they are brought up to date soon. */
  runsWanted(pipelineId: string): void;
  /** The books of a run, read again from its ledger when they are not at hand. */
  booksOf(runId: string, places: { ledgerBucket: string }): Promise<Books>;
  sources: RunSources;
  readiness(): Promise<Readiness>;
}

export interface Check {
  ok: boolean;
  /** Why not, and what to do. */
  detail: string | null;
}

export interface Readiness {
  ready: boolean;
  checks: Record<"database" | "dispatcher" | "engine" | "foundation", Check>;
}
