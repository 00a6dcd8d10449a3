import { rmSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import request from "supertest";
import { findEngine } from "../../../local/engine/engine.ts";
import { instanceName } from "../../../service/automation/process-tree.ts";
import { openDatabase } from "../../../service/db/database.ts";
import type { RunEngine } from "../../../service/operations/execute.ts";
import type { RunSources } from "../../../service/runs/clouds.ts";
import { startService, type Service } from "../../../service/service.ts";
import { readSettings } from "../../../service/settings.ts";

/** The engine that `npm start` would take; on a new machine it is made here, which takes minutes. */
export const engine = process.env.CAUSEWAY_ENGINE ?? (await findEngine()).root;
export const tinyProgram = fileURLToPath(new URL("programs/tiny.ts", import.meta.url));

export interface Home {
  folder: string;
  env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

let template: Promise<string> | undefined;

/** Making an embedded database takes seconds; it is made once and copied. */
async function makeTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-template-"));
  const database = await openDatabase({ url: undefined, folder: join(folder, "db") });
  await database.close();
  // No hook of mocha: files that run side by side share this module, and only the first would have it.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder for a service of its own, with the environment that it is started with. */
export async function makeHome(more: Record<string, string> = {}): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-service-"));
  await mkdir(join(folder, "state"));
  template ??= makeTemplate();
  await cp(join(await template, "db"), join(folder, "service", "db"), { recursive: true });
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    PORT: "0",
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? "silent",
    CAUSEWAY_HOME: folder,
    CAUSEWAY_ENGINE: engine,
    CAUSEWAY_PROGRAM: tinyProgram,
    CAUSEWAY_OPERATION_GRACE_SECONDS: "10",
    CAUSEWAY_DRAIN_SECONDS: "0.2",
    CAUSEWAY_LOOK_SECONDS: "0.1",
    CAUSEWAY_REST_SECONDS: "0.1",
    CAUSEWAY_QUIET_SECONDS: "0.3",
    PULUMI_HOME: join(folder, "pulumi-home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "a-passphrase-for-tests",
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIATEST",
    AWS_SECRET_ACCESS_KEY: "not-a-real-secret",
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    ...more,
  };
  return { folder, env, remove: () => rm(folder, { recursive: true, force: true }) };
}

export async function start(
  home: Home,
  parts: { runEngine?: RunEngine; sources?: RunSources } = {},
): Promise<Service> {
  const settings = readSettings(home.env, await instanceName());
  const log = pino({ level: settings.logLevel });
  return startService({ settings, env: home.env, log, ...parts });
}

/** A problem document, as clients see it. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: { in: string; pointer: string; detail: string }[];
}

/** Sends a request, wants a status, and gives the body the type that the test is about. */
export async function bodyOf<T>(sent: request.Test, status = 200): Promise<T> {
  const answer = await sent.expect(status);
  return answer.body as T;
}

export interface OperationBody {
  id: string;
  done: boolean;
  metadata: {
    state: string;
    attempts: number;
    generation: number;
    action: string;
    position: number | null;
  };
  error?: { code: string; detail: string; remedy: string; type: string };
  response?: {
    summary: string;
    counts: Record<string, number>;
    outputs?: Record<string, unknown>;
    steps?: { op: string; name: string }[];
  };
}

/** A spec that the tiny program understands: the prefix says how it behaves. */
export function spec(prefix = "in/") {
  return {
    kind: "copy",
    source: { type: "s3", prefix },
    targets: [{ type: "azure-blob" }],
  };
}

export async function post(
  url: string,
  name: string,
  prefix: string,
  tenant = "acme",
): Promise<OperationBody> {
  const answer = await request(url)
    .post(`/v1/tenants/${tenant}/pipelines`)
    .send({ name, spec: spec(prefix) })
    .expect(202);
  return answer.body as OperationBody;
}

/** Waits until an operation is done, or is in a state. */
export async function until(
  url: string,
  id: string,
  state: "done" | "running" = "done",
  withinMs = 40_000,
): Promise<OperationBody> {
  const end = Date.now() + withinMs;
  for (;;) {
    const { body } = (await request(url).get(`/v1/operations/${id}`)) as { body: OperationBody };
    if (body.done || body.metadata.state === state) return body;
    if (Date.now() > end) throw new Error(`${id} is still ${body.metadata.state}`);
    await delay(50);
  }
}
