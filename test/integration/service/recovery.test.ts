import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import request from "supertest";
import { treeOf } from "../../../service/automation/process-tree.ts";
import { lockHolders } from "../../../service/automation/stack-lock.ts";
import { bodyOf, makeHome, post, until, type Home } from "./harness.ts";

const main = fileURLToPath(new URL("../../../service/main.ts", import.meta.url));

interface Running {
  process: ChildProcess;
  url: string;
  log: string[];
}

/** The service as a process of its own, so that it can be killed. */
async function launch(home: Home): Promise<Running> {
  const child = spawn(process.execPath, [main], {
    env: { ...home.env, LOG_LEVEL: "info" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const log: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    log.push(line);
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) resolve(url);
  });
  return { process: child, url: await promise, log };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

/** Waits until the engine has begun to change the stack. */
async function untilItActs(url: string, id: string): Promise<void> {
  for (;;) {
    const { items } = await bodyOf<{ items: { kind: string }[] }>(
      request(url).get(`/v1/operations/${id}/events`),
    );
    if (items.some(({ kind }) => kind === "resource")) return;
    await delay(50);
  }
}

describe("a service that dies in the middle of an operation", () => {
  let home: Home;
  let service: Running;
  before(async () => {
    home = await makeHome({ CAUSEWAY_OPERATION_GRACE_SECONDS: "8" });
  });
  after(async () => {
    service.process.kill("SIGKILL");
    await ended(service.process);
    await home.remove();
  });

  it("killed: leaves no engine behind, and the next service brings the operation to its end", async () => {
    service = await launch(home);
    const { id } = await post(service.url, "exports", "slow-1500/");
    await untilItActs(service.url, id);
    const tree = await treeOf(service.process.pid ?? 0);
    service.process.kill("SIGKILL");
    await ended(service.process);
    service = await launch(home);
    const end = await until(service.url, id);
    assert.equal(end.metadata.state, "succeeded", JSON.stringify(end.error));
    assert.equal(end.metadata.attempts, 2);
    const alive = await treeOf(service.process.pid ?? 0);
    assert.deepEqual(
      tree.filter((pid) => alive.includes(pid)),
      [],
    );
    assert.deepEqual(await lockHolders(home.env.PULUMI_BACKEND_URL, "acme.exports"), []);
    const { items } = await bodyOf<{ items: { kind: string; message: string }[] }>(
      request(service.url).get(`/v1/operations/${id}/events`),
    );
    assert.ok(items.some(({ kind, message }) => kind === "note" && message.includes("died")));
  });

  it("asked to stop: interrupts the engine, ends with 0, and the next service does it again", async () => {
    const { id } = await post(service.url, "nightly", "slow-1500/");
    await untilItActs(service.url, id);
    service.process.kill("SIGTERM");
    assert.equal(await ended(service.process), 0);
    assert.deepEqual(await lockHolders(home.env.PULUMI_BACKEND_URL, "acme.nightly"), []);
    service = await launch(home);
    const end = await until(service.url, id);
    assert.equal(end.metadata.state, "succeeded", JSON.stringify(end.error));
    assert.equal(end.metadata.attempts, 2);
  });

  it("writes no secret into its log", () => {
    assert.doesNotMatch(service.log.join("\n"), /a-passphrase-for-tests|not-a-real-secret/);
  });
});

describe("a service that cannot start", () => {
  let home: Home;
  before(async () => {
    home = await makeHome();
  });
  after(() => home.remove());

  async function complaint(env: Record<string, string>): Promise<string> {
    const child = spawn(process.execPath, [main], {
      env: { ...home.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    assert.equal(await ended(child), 1);
    return said;
  }

  it("because it would be open to the network says what is missing", async () => {
    assert.match(await complaint({ CAUSEWAY_HOST: "0.0.0.0" }), /CAUSEWAY_TOKEN/);
  });

  it("because its port is taken says by whom it is wanted and what to do", async () => {
    const other = await launch(home);
    const { port } = new URL(other.url);
    const second = await makeHome({ PORT: port });
    const said = await complaint(second.env as Record<string, string>);
    assert.match(said, new RegExp(`listens on 127\\.0\\.0\\.1:${port}`));
    const same = await complaint({});
    assert.match(same, new RegExp(`in use by process ${other.process.pid}`));
    other.process.kill("SIGTERM");
    assert.equal(await ended(other.process), 0);
    await second.remove();
  });
});
