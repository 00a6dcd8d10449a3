import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DeleteQueueCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { stackConfig } from "../../../infra/config.ts";
import { PipelineSpec } from "../../../infra/spec/index.ts";
import type { OperationRequest } from "../../../service/automation/request.ts";
import { spawnOperation } from "../../../service/automation/run-operation.ts";
import { startEmbedded } from "./embedded.ts";
import { engine, spec } from "./harness.ts";

const program = fileURLToPath(new URL("programs/parts.ts", import.meta.url));
const stack = "acme.exports";

/** The part of a stack's file that a killed engine leaves odd. */
interface Checkpoint {
  checkpoint: {
    latest: {
      resources: { urn: string }[];
      pending_operations?: { type: string; resource: { urn: string } }[];
    };
  };
}

describe("a stack whose engine was killed", function () {
  this.timeout(60_000);
  let folder: string;
  let clouds: Awaited<ReturnType<typeof startEmbedded>>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "causeway-repair-"));
    await mkdir(join(folder, "state"));
    clouds = await startEmbedded();
    assert.equal((await run({})).outcome, "succeeded");
  });
  after(async () => {
    await clouds.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(more: Partial<OperationRequest>) {
    const pipeline = { tenant: "acme", name: "exports", generation: 1 };
    const request = {
      stack,
      action: "up" as const,
      config: stackConfig({
        environment: "dev",
        foundationStack: "organization/causeway/foundation-dev",
        pipeline: { ...pipeline, spec: PipelineSpec.parse(spec("more/")) },
      }),
      workDir: join(folder, "work"),
      engine,
      program,
      ...more,
    };
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      ...clouds.env,
      PULUMI_HOME: join(folder, "pulumi-home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "of a test",
    };
    return spawnOperation(request, { env, onEvent: () => undefined });
  }

  /** As if the engine had been killed between a creation and its record. */
  async function pend(which: string): Promise<void> {
    const file = join(folder, "state/.pulumi/stacks/causeway", `${stack}.json`);
    const state = JSON.parse(await readFile(file, "utf8")) as Checkpoint;
    const { latest } = state.checkpoint;
    const resource = latest.resources.find(({ urn }) => urn.endsWith(which));
    assert.ok(resource !== undefined, `no ${which} in the state`);
    latest.resources = latest.resources.filter((other) => other !== resource);
    latest.pending_operations = [{ type: "creating", resource }];
    await writeFile(file, JSON.stringify(state));
  }

  /** An engine that is killed at commands of this pattern. */
  async function frailEngine(pattern: string): Promise<string> {
    const root = join(folder, "frail");
    await mkdir(join(root, "bin"), { recursive: true });
    const script = `#!/bin/sh
case "$*" in ${pattern}) kill -9 $$ ;; esac
exec "${engine}/bin/pulumi" "$@"
`;
    await writeFile(join(root, "bin", "pulumi"), script);
    await chmod(join(root, "bin", "pulumi"), 0o755);
    return root;
  }

  it("forgets nothing because the next one was killed too, while it looked", async () => {
    await pend("ssm/parameter:Parameter::sas");
    const killed = await run({ repair: true, engine: await frailEngine("*refresh*--target*") });
    assert.equal(killed.failure?.code, "engine-died", JSON.stringify(killed));
    const next = await run({ repair: true });
    // Forgotten, it would be created once more, and that fails because it is there.
    assert.equal(next.outcome, "succeeded", JSON.stringify(next.failure));
    assert.deepEqual(Object.keys(next.changes ?? {}), ["same"]);
  });

  it("is looked at again when the one that took in what may not be there did not get to look", async () => {
    const sqs = new SQSClient(clouds.operator);
    await pend("sqs/queue:Queue::more");
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: "acme-exports-more" }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    assert.equal(
      (await run({ repair: true, engine: await frailEngine("*refresh*--target*") })).outcome,
      "failed",
    );
    const next = await run({ repair: true });
    assert.equal(next.outcome, "succeeded", JSON.stringify(next.failure));
    assert.equal(next.changes?.["create"], 1, JSON.stringify(next.changes));
    await sqs.send(new GetQueueUrlCommand({ QueueName: "acme-exports-more" }));
    sqs.destroy();
  });

  it("is left to the next one when its lock cannot be released", async () => {
    const locks = join(folder, "state/.pulumi/locks/organization/causeway", stack);
    await mkdir(locks, { recursive: true });
    // Larger than any process's number.
    const holder = { pid: 2 ** 30, username: "ann", hostname: hostname(), timestamp: "2026" };
    const lock = join(locks, "11111111-2222-4333-8444-555555555555.json");
    await writeFile(lock, JSON.stringify(holder));
    const killed = await run({ engine: await frailEngine("up\\ *|cancel\\ *") });
    assert.equal(killed.failure?.code, "engine-died", JSON.stringify(killed));
    assert.ok(existsSync(lock));
    await rm(lock);
  });
});
