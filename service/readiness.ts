import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { operationEnvironment } from "./automation/environment.ts";
import { projectName, qualified } from "./automation/project.ts";
import { redactor, secretsOf } from "./automation/redact.ts";
import type { Check, Readiness } from "./context.ts";
import { appliedMigrations, otherTables } from "./db/applied.ts";
import { migrationNames, type Db } from "./db/database.ts";
import type { Settings } from "./settings.ts";

const run = promisify(execFile);
const goodForMs = 60_000;
const badForMs = 2_000;
const timeout = 20_000;

/** Whether the service can do its work. The engine is asked at most once a minute while the answer is yes. */
export function readinessOf(
  db: Db,
  settings: Settings,
  env: NodeJS.ProcessEnv,
  lookedAt: () => number,
): () => Promise<Readiness> {
  const redact = redactor(secretsOf(env));
  const pulumi = kept(() => askPulumi(settings, env, redact));
  return async () => {
    const [database, { engine, foundation }] = await Promise.all([askDatabase(db), pulumi()]);
    const dispatcher = checkDispatcher(Date.now() - lookedAt(), settings.leaseMs);
    const checks = { database, dispatcher, engine, foundation };
    return { ready: Object.values(checks).every(({ ok }) => ok), checks };
  };
}

type Pulumi = Record<"engine" | "foundation", Check>;

const fine: Check = { ok: true, detail: null };

/** A dispatcher looks every few seconds; one that has not for as long as a lease lasts takes no work any more. */
function checkDispatcher(agoMs: number, leaseMs: number): Check {
  if (agoMs <= leaseMs) return fine;
  const seconds = Math.round(agoMs / 1000);
  const detail = `The queue was last looked at ${seconds} s ago: operations are not taken up. Look for locks in the database, else start the service anew.`;
  return { ok: false, detail };
}

const databaseWithinMs = 3_000;

async function askDatabase(db: Db): Promise<Check> {
  const late = new AbortController();
  const timedOut = delay(databaseWithinMs, undefined, { signal: late.signal }).then(() => {
    throw new Error(`no answer within ${databaseWithinMs / 1000} s.`);
  });
  try {
    const applied = await Promise.race([appliedMigrations(db), timedOut]);
    const detail = otherTables(migrationNames, applied);
    return detail === undefined ? fine : { ok: false, detail };
  } catch (error) {
    return { ok: false, detail: `The database does not answer: ${wordsOf(error)}` };
  } finally {
    timedOut.catch(() => undefined);
    late.abort();
  }
}

/** Reading the foundation's outputs proves the engine, the state backend and the key that decrypts it at once. */
async function askPulumi(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  redact: (text: string) => string,
): Promise<Pulumi> {
  const command = settings.engine === undefined ? "pulumi" : join(settings.engine, "bin", "pulumi");
  const options = { env: operationEnvironment(env), timeout, maxBuffer: 16 * 1024 * 1024 };
  try {
    await run(command, ["version"], options);
  } catch (error) {
    const detail = `${command} cannot be run: ${redact(wordsOf(error))} Set CAUSEWAY_ENGINE to the folder that holds bin/pulumi.`;
    return { engine: { ok: false, detail }, foundation: { ok: false, detail: "Not asked." } };
  }
  try {
    const cwd = join(settings.home, "service", "work", "readiness");
    await mkdir(cwd, { recursive: true });
    await writeFile(join(cwd, "Pulumi.yaml"), `name: ${projectName}\nruntime: nodejs\n`);
    const stack = qualified(settings.foundation);
    const { stdout } = await run(
      command,
      // Asked to show secrets, it must decrypt: without the right key it answers all the same otherwise.
      ["stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", stack],
      { ...options, cwd },
    );
    const outputs = JSON.parse(stdout) as Record<string, unknown>;
    if (Object.keys(outputs).length > 0) return { engine: fine, foundation: fine };
    const detail = `The stack ${stack} has no outputs: bring up the foundation first.`;
    return { engine: fine, foundation: { ok: false, detail } };
  } catch (error) {
    const detail = `The foundation's outputs cannot be read: ${redact(wordsOf(error))}`;
    return { engine: fine, foundation: { ok: false, detail } };
  }
}

/** One question at a time; a good answer is kept longer than a bad one. */
function kept(ask: () => Promise<Pulumi>): () => Promise<Pulumi> {
  let answer: Promise<Pulumi> | undefined;
  let until = 0;
  return () => {
    if (answer !== undefined && Date.now() < until) return answer;
    until = Number.POSITIVE_INFINITY;
    const asked = ask();
    void asked.then(
      ({ foundation }) => (until = Date.now() + (foundation.ok ? goodForMs : badForMs)),
    );
    answer = asked;
    return asked;
  };
}

function wordsOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr?.trim() ?? "") === "" ? (message ?? String(error)) : (stderr ?? "").trim();
}
