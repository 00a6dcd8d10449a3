import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { LocalAws } from "../../../local/aws/aws.ts";
import { LocalAzure } from "../../../local/azure/azure.ts";
import { openObjects } from "../../../service/automation/backend/objects.ts";
import { operationEnvironment } from "../../../service/automation/environment.ts";
import { killTree, type ProcessIdentity } from "../../../service/automation/process-tree.ts";
import type { OperationRequest } from "../../../service/automation/request.ts";
import { spawnOperation } from "../../../service/automation/run-operation.ts";
import { lockHolders, releaseStackLock } from "../../../service/automation/stack-lock.ts";
import type { Db } from "../../../service/db/database.ts";
import { readinessOf } from "../../../service/readiness.ts";
import type { Settings } from "../../../service/settings.ts";
import { startAws } from "../local/aws/fixture.ts";
import { createAccount, group } from "../local/azure/fixture.ts";
import { engine, tinyProgram } from "./harness.ts";

/** A state backend with what the engine and we need to reach it. */
interface World {
  readonly env: Record<string, string>;
  readonly secretsProvider?: string;
  /** Writes an object beside the engine, as another machine would. */
  put(key: string, text: string): Promise<void>;
  /** Takes the key away with which secrets are encrypted, or the passphrase. */
  withoutKey(): NodeJS.ProcessEnv;
  close(): Promise<void>;
}

const foreign = {
  pid: 1,
  username: "ann",
  hostname: "anns-laptop",
  timestamp: "2026-11-21T10:00:00Z",
};
const stack = "acme.exports";

async function fileWorld(folder: string): Promise<World> {
  const env = { CAUSEWAY_BACKEND: `file://${folder}/state`, PULUMI_CONFIG_PASSPHRASE: "of a test" };
  await mkdir(join(folder, "state"));
  return {
    env,
    put: async (key, text) => {
      const file = join(folder, "state", key);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    },
    withoutKey: () => ({ ...env, PULUMI_CONFIG_PASSPHRASE: "another" }),
    close: () => Promise.resolve(),
  };
}

/** State in S3, below a prefix; its secrets by a KMS key. No passphrase at all. */
async function s3World(): Promise<World> {
  const aws: LocalAws = await startAws();
  const { endpoint, region } = aws;
  const credentials = { ...aws.adminCredentials };
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const CreateBucketConfiguration = { LocationConstraint: "eu-west-1" } as const;
  await s3.send(new CreateBucketCommand({ Bucket: "state", CreateBucketConfiguration }));
  const key = aws.keys.create({ description: "state" });
  const env = {
    CAUSEWAY_BACKEND: `s3://state/team-a?region=${region}&endpoint=${endpoint}&s3ForcePathStyle=true`,
    AWS_ENDPOINT_URL_KMS: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  return {
    env,
    secretsProvider: `awskms:///${aws.keys.arn(key.id)}?region=${region}&awssdk=v2`,
    put: async (name, Body) => {
      await s3.send(new PutObjectCommand({ Bucket: "state", Key: `team-a/${name}`, Body }));
    },
    withoutKey: () => {
      aws.keys.table.set(key.id, { ...key, state: "Disabled" });
      return env;
    },
    close: async () => {
      s3.destroy();
      await aws.close();
    },
  };
}

/** State in a container of the embedded Azure (the real Azurite behind its front). */
async function azureWorld(): Promise<World> {
  const azure = await LocalAzure.start({ port: 0 });
  await createAccount(azure, "causewaystate");
  const [key] = (await azure.arm.listKeys(group, "causewaystate")).keys;
  const { host } = new URL(azure.endpoint);
  const env = {
    CAUSEWAY_BACKEND: `azblob://data?storage_account=causewaystate&protocol=http&domain=${host}`,
    AZURE_STORAGE_ACCOUNT: "causewaystate",
    AZURE_STORAGE_KEY: key!.value,
    PULUMI_CONFIG_PASSPHRASE: "of a test",
  };
  const container = new ContainerClient(
    `${azure.endpoint}/causewaystate/data`,
    new StorageSharedKeyCredential("causewaystate", key!.value),
  );
  return {
    env,
    put: async (name, text) => {
      await container.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
    },
    withoutKey: () => ({ ...env, PULUMI_CONFIG_PASSPHRASE: "another" }),
    close: () => azure.close(),
  };
}

const worlds: Record<string, (folder: string) => Promise<World>> = {
  "a folder, secrets by a passphrase": fileWorld,
  "an S3 bucket, secrets by a KMS key": s3World,
  "an Azure container, secrets by a passphrase": azureWorld,
};

for (const [what, make] of Object.entries(worlds)) {
  describe(`state in ${what}`, function () {
    this.timeout(120_000);
    let folder: string;
    let world: World;
    let env: Record<string, string>;
    let turn = 0;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "causeway-backend-"));
      world = await make(folder);
      const own = { PATH: process.env.PATH ?? "", HOME: folder, PULUMI_HOME: join(folder, "home") };
      env = { ...own, ...world.env };
    });
    after(async () => {
      await world.close();
      await rm(folder, { recursive: true, force: true });
    });

    function asked(prefix: string, more: Partial<OperationRequest> = {}): OperationRequest {
      const spec = { source: { prefix } };
      const pipeline = { tenant: "acme", name: "exports", generation: 1, spec };
      return {
        ...{ stack, action: "up", engine, program: tinyProgram },
        config: {
          "causeway:pipeline": { value: JSON.stringify(pipeline) },
          "causeway:password": { value: "hunter2-hunter2", secret: true },
        },
        workDir: join(folder, `work-${turn++}`),
        ...(world.secretsProvider === undefined ? {} : { secretsProvider: world.secretsProvider }),
        ...more,
      };
    }
    const run = (request: OperationRequest, more: object = {}) =>
      spawnOperation(request, { env, onEvent: () => undefined, ...more });
    const foundation = async (given: NodeJS.ProcessEnv) => {
      const settings = { home: folder, engine, foundation: stack } as Settings;
      // Whether the database answers is another question.
      const database = undefined as unknown as Db;
      const { checks } = await readinessOf(database, settings, given, () => Date.now())();
      return checks.foundation;
    };
    const holders = () => lockHolders(env["CAUSEWAY_BACKEND"], stack, env);
    const release = (more: { diedOn?: string } = {}) =>
      releaseStackLock({
        ...{ stack, engine, env: operationEnvironment(env) },
        workDir: join(folder, "locks"),
        ...more,
      });

    it("takes a stack through its life: made, looked at, changed, its secrets kept and sealed", async () => {
      const made = await run(asked("a/"));
      assert.deepEqual([made.outcome, made.failure], ["succeeded", null]);
      assert.deepEqual(made.outputs?.secretNames, ["sasToken"]);
      const looked = await run(asked("a/b/", { action: "preview" }));
      assert.equal(looked.changes?.["create"], 1, JSON.stringify(looked.failure));
      const changed = await run(asked("a/b/"));
      assert.equal(changed.changes?.["create"], 1, JSON.stringify(changed.failure));
      const objects = (await openObjects(env["CAUSEWAY_BACKEND"], env))!;
      const state = (await objects.read(`.pulumi/stacks/causeway/${stack}.json`)) ?? "";
      objects.close();
      assert.ok(state.includes('"ciphertext"'));
      assert.doesNotMatch(state, /verysecretvalue|hunter2/);
      assert.equal(state.includes("awskms:"), world.secretsProvider !== undefined);
    });

    it("shows who holds a stack's lock; one that lives, or may live elsewhere, is left alone", async () => {
      assert.deepEqual(await holders(), []);
      assert.equal(await release(), "none");
      let child: ProcessIdentity | undefined;
      const running = run(asked("slow-60000/"), {
        onSpawn: (identity: ProcessIdentity) => (child = identity),
      });
      while ((await holders())?.length !== 1) await delay(50);
      assert.equal((await holders())?.[0]?.hostname, hostname());
      assert.notEqual(typeof (await release()), "string");
      assert.ok(child !== undefined && (await killTree(child)));
      // The lock of the killed engine was released when its end was seen.
      assert.equal((await running).outcome, "failed");
      assert.deepEqual(await holders(), []);

      await world.put(
        `.pulumi/locks/organization/causeway/${stack}/11111111-2222-4333-8444-555555555555.json`,
        JSON.stringify(foreign),
      );
      assert.deepEqual(await release(), { heldBy: foreign });
      assert.equal((await run(asked("a/"))).failure?.code, "stack-locked");
      assert.equal(await release({ diedOn: foreign.hostname }), "released");
      assert.deepEqual(await holders(), []);
    });

    it("goes on from what a killed run left, and leaves nothing when it is destroyed", async () => {
      assert.equal((await run(asked("a/", { repair: true }))).outcome, "succeeded");
      const destroyed = await run(asked("a/", { action: "destroy" }));
      assert.equal(destroyed.outcome, "succeeded", JSON.stringify(destroyed.failure));
      const objects = (await openObjects(env["CAUSEWAY_BACKEND"], env))!;
      assert.equal(await objects.read(`.pulumi/stacks/causeway/${stack}.json`), undefined);
      objects.close();
    });

    it("leaves beside a state nothing that a kill could spoil it with", async () => {
      const objects = (await openObjects(env["CAUSEWAY_BACKEND"], env))!;
      const keys = await objects.list(".pulumi/stacks/causeway/");
      objects.close();
      assert.ok(!keys.some((key) => key.endsWith(".attrs")), keys.join());
    });

    it("begins nothing with a key that does not open what is there", async () => {
      assert.equal((await run(asked("a/"))).outcome, "succeeded");
      assert.deepEqual(await foundation(env), { ok: true, detail: null });
      const without = { ...env, ...(world.withoutKey() as Record<string, string>) };
      const result = await run(asked("b/"), { env: without });
      assert.equal(result.outcome, "failed");
      assert.match(result.failure?.code ?? "", /^(secrets-provider|passphrase)$/);
      assert.equal(result.changes, null);
      // Were this stack the foundation, the service would not call itself ready.
      const check = await foundation(without);
      assert.equal(check.ok, false);
      assert.match(check.detail ?? "", /passphrase|KMS: Decrypt/);
    });

    it("leaves no secret in a work folder", async () => {
      const names = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = names.filter((name) => name.isFile() && /\/work-/.test(name.parentPath));
      for (const { parentPath, name } of files) {
        const text = await readFile(join(parentPath, name), "latin1");
        assert.doesNotMatch(text, /hunter2|verysecretvalue/, join(parentPath, name));
      }
    });
  });
}
