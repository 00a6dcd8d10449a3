import { randomBytes } from "node:crypto";
import { z } from "zod";
import { BadJob } from "./errors.ts";
import { beatFile } from "./health/beat-file.ts";
import { CopyJob } from "./job.ts";

export interface Settings {
  readonly job: CopyJob;
  /** Names this process in the ledger's files. */
  readonly worker: string;
  /** Of the queue, the parameters and the ledger. */
  readonly region: string;
  /** How long the end may take, in milliseconds. ECS kills 30 s after SIGTERM unless told otherwise. */
  readonly graceMs: number;
  /** Where /healthz is served on loopback; undefined: nowhere. */
  readonly healthPort: number | undefined;
  readonly beatFile: string;
  readonly logLevel: string;
}

const DEFAULT_GRACE_SECONDS = 25;

/** Reads what the worker is told by its environment. Throws BadJob, which says what is wrong with which variable. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const job = readJob(env["CAUSEWAY_JOB"]);
  return {
    job,
    worker: randomBytes(4).toString("hex"),
    region: env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? job.source.region,
    graceMs: (number(env, "CAUSEWAY_GRACE_SECONDS") ?? DEFAULT_GRACE_SECONDS) * 1000,
    healthPort: number(env, "CAUSEWAY_HEALTH_PORT"),
    beatFile: beatFile(env),
    logLevel: env["CAUSEWAY_LOG_LEVEL"] ?? "info",
  };
}

export function readJob(text: string | undefined): CopyJob {
  if (text === undefined || text === "") {
    throw new BadJob("CAUSEWAY_JOB is not set: it tells the worker what to copy, as JSON.");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BadJob(`CAUSEWAY_JOB is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = CopyJob.safeParse(value);
  if (!parsed.success) {
    throw new BadJob(`CAUSEWAY_JOB does not describe a copy:\n${z.prettifyError(parsed.error)}`);
  }
  return parsed.data;
}

function number(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new BadJob(`${name} must be a number that is not negative; it is ${JSON.stringify(text)}.`);
}
