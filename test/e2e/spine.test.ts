import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { GetRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  GetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import type { ContainerClient } from "@azure/storage-blob";
import { stackConfig } from "../../infra/config.ts";
import { TenantUser } from "../../local/demo/tenant.ts";
import type { ApiProblem } from "../../service/client/problem.ts";
import type { Operation } from "../../service/http/schemas.ts";
import type { Preview } from "../../service/previews/schema.ts";
import { spawnOperation } from "../../service/automation/run-operation.ts";
import { pythonClient, runClient } from "../support/python-client.ts";
import { until } from "../support/until.ts";
import { copySpec, Product, type PipelineOutputs } from "./support/product.ts";

const run = promisify(execFile);

const tenant = "acme";
const pipeline = "exports";

describe("the product on the embedded clouds", function () {
  this.timeout(180_000);
  let product: Product;
  let shown: Preview;
  let built: Operation;
  let outputs: PipelineOutputs;
  let container: ContainerClient;
  let s3: S3Client;

  before(async () => {
    product = await Product.start();
    shown = await product.preview(tenant, pipeline, copySpec);
    built = await product.api.settled(await apply(shown), () => undefined);
    outputs = await product.outputs(tenant, pipeline);
    container = await product.container(outputs);
    s3 = new S3Client(product.operator);
  });
  after(() => product.remove());

  const apply = ({ id, digest }: Preview) =>
    product.client.call("applyPreview", {
      params: { preview: id },
      body: { digest: digest ?? "" },
    });
  const put = (Key: string, Body: string | Buffer) =>
    s3.send(new PutObjectCommand({ Bucket: outputs.sourceBucket, Key, Body }));
  const arrived = (name: string, seconds = 20) =>
    until(
      `${name} in the container`,
      async () => {
        const blob = container.getBlobClient(name);
        return (await blob.exists()) ? blob : undefined;
      },
      { seconds },
    );

  it("is built as its preview showed it: every step and no other", async () => {
    assert.deepEqual([shown.state, shown.action, shown.policy?.passed], ["ready", "create", true]);
    assert.equal(built.metadata.action, "create");
    assert.deepEqual(built.response?.counts, shown.counts);
    const { items } = await product.client.call("listOperationEvents", {
      params: { operation: built.id },
      query: { limit: 500 },
    });
    // The stack, providers and what is only read are the engine's own affair.
    const done = items.filter(
      ({ status, op, type }) =>
        status === "done" && op !== "same" && type?.startsWith("pulumi:") !== true,
    );
    const steps = (of: readonly { op: string | null; urn: string | null }[]) =>
      [...new Set(of.map(({ op, urn }) => `${op} ${urn}`))].sort();
    assert.ok(shown.steps.length > 20, String(shown.steps.length));
    assert.deepEqual(steps(done), steps(shown.steps));
    const { spec, generation, deployedGeneration } = await product.api.pipeline(tenant, pipeline);
    assert.deepEqual([generation, deployedGeneration], [1, 1]);
    assert.equal(spec.kind, copySpec.kind);
    await assert.rejects(apply(shown), { name: "ApiProblem", status: 409 });
  });

  it("shows an object in Azure within 2 s of its PUT", async () => {
    await put("warm-up.txt", "x");
    await arrived("warm-up.txt");
    const began = performance.now();
    await put("reports/today.csv", "a,b\n1,2\n");
    const blob = await arrived("reports/today.csv");
    assert.ok(performance.now() - began < 2000, `${performance.now() - began} ms`);
    assert.equal((await blob.downloadToBuffer()).toString(), "a,b\n1,2\n");
  });

  it("makes one pipeline of the same POST twice, and says 409 to another spec under its name", async () => {
    const again = await product.api.createPipeline(tenant, pipeline, copySpec);
    assert.equal(again.metadata.generation, 1);
    const { serviceUrl, apiToken } = product.causeway;
    const headers = { authorization: `Bearer ${apiToken}` };
    const list = (await (
      await fetch(`${serviceUrl}/v1/tenants/${tenant}/pipelines`, { headers })
    ).json()) as { items: unknown[] };
    assert.equal(list.items.length, 1);
    await assert.rejects(
      product.api.createPipeline(tenant, pipeline, { ...copySpec, deletes: { mode: "mirror" } }),
      { name: "ApiProblem", status: 409 },
    );
  });

  it("changes nothing on a second up of the foundation", async () => {
    const { changes } = await product.causeway.foundation("up", AbortSignal.timeout(60_000));
    assert.deepEqual(Object.keys(changes ?? {}), ["same"]);
  });

  it("changes nothing on a second up of the pipeline, also on the next day", async () => {
    const { home, causeway } = product;
    const again = await spawnOperation(
      {
        stack: `${tenant}.${pipeline}`,
        action: "preview",
        config: stackConfig({
          environment: "local",
          foundationStack: "organization/causeway/foundation-local",
          pipeline: { tenant, name: pipeline, generation: 1, spec: copySpec },
          sasAnchor: new Date().toISOString().slice(0, 10),
        }),
        workDir: join(home, "tomorrow"),
        engine: causeway.engine.root,
        program: fileURLToPath(new URL("support/tomorrow.ts", import.meta.url)),
      },
      { env: causeway.operatorEnvironment, onEvent: () => undefined },
    );
    assert.equal(again.outcome, "succeeded", JSON.stringify(again.failure));
    assert.deepEqual(Object.keys(again.changes ?? {}), ["same"]);
  });

  it("shows a new NAT address in the preview as a change of the firewall", async () => {
    const script = fileURLToPath(new URL("support/preview-new-address.ts", import.meta.url));
    const { home, causeway } = product;
    const args = [script, causeway.engine.root, join(home, "foundation")];
    const { stdout } = await run(process.execPath, args, { env: causeway.operatorEnvironment });
    const steps = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { op: string; type: string; paths: string[] });
    assert.ok(
      steps.some(({ op, type }) => op === "replace" && type === "aws:ec2/eip:Eip"),
      stdout,
    );
    const account = steps.find(({ type }) => type === "azure-native:storage:StorageAccount");
    assert.equal(account?.op, "update", stdout);
    assert.ok(
      account.paths.some((path) => path.startsWith("networkRuleSet")),
      stdout,
    );
  });

  it("takes a file from the AWS CLI with the tenant's own credentials", async () => {
    const user = new TenantUser(
      new IAMClient(product.operator),
      tenant,
      join(product.home, "keys.json"),
    );
    const { endpoint, region } = product.causeway.clouds.aws;
    const settings = { endpoint, region, ...(await user.credentials(outputs.sourceBucket)) };
    const file = join(product.home, "now.txt");
    await writeFile(file, "from the CLI");
    const { aws } = await pythonClient();
    await runClient(aws, ["s3", "cp", file, `s3://${outputs.sourceBucket}/from cli.txt`], settings);
    const began = performance.now();
    await arrived("from cli.txt");
    assert.ok(performance.now() - began < 2000, `${performance.now() - began} ms`);
    await assert.rejects(runClient(aws, ["s3", "ls"], settings), /AccessDenied/);
    await user.remove();
  });

  it("loses nothing when a worker is killed half-way through 300 MB", async () => {
    // More than Azure reads in one request.
    const body = randomBytes(300 * 1024 * 1024);
    await put("large/killed.bin", body);
    const block = container.getBlockBlobClient("large/killed.bin");
    // Half-way: some blocks are staged, none is committed.
    const staged = await until(
      "blocks staged",
      async () => {
        const list = await block.getBlockList("uncommitted").catch(() => undefined);
        const blocks = list?.uncommittedBlocks?.length ?? 0;
        return blocks >= 2 ? blocks : undefined;
      },
      { seconds: 30, everyMs: 5 },
    );
    await killWorkers(product);
    assert.equal(
      await block.exists(),
      false,
      `committed before the kill (${staged} blocks staged)`,
    );
    const blob = await arrived("large/killed.bin", 180);
    assert.equal(sha256(await blob.downloadToBuffer()), sha256(body));
  });

  for (const action of ["s3:GetObjectVersion", "ssm:GetParameter"]) {
    it(`says AccessDenied for ${action} in the run when the worker's policy lacks it`, async () => {
      const restore = await withoutAction(product, outputs, action);
      try {
        // A fresh worker has nothing cached that hides the missing permission.
        await killWorkers(product);
        // What is small is read as it is now: only larger objects are asked for by their version.
        await put(`denied/${action.replace(":", "-")}.bin`, Buffer.alloc(2 * 1024 * 1024));
        const problem = await until(
          `a problem that names ${action}`,
          async () => {
            const [run] = await product.api.runs(tenant, pipeline);
            return run?.problems.find(
              (each) => each.class.includes("AccessDenied") && each.action === action,
            );
          },
          { seconds: 60 },
        );
        assert.match(problem.message, new RegExp(action));
      } finally {
        await restore();
      }
    });
  }

  it("puts back a policy that was changed by hand when the pipeline is built again", async () => {
    const before = await workerPolicy(product, outputs);
    // Nothing is left to do of what was applied; and that is outdated, once something was changed and put back.
    const look = await product.preview(tenant, pipeline);
    assert.deepEqual([look.summary, look.drift, look.steps], ["no changes", { resources: 0 }, []]);
    await withoutAction(product, outputs, "sqs:DeleteMessage");
    assert.notEqual(await workerPolicy(product, outputs), before);
    const operation = await product.api.updatePipeline(tenant, pipeline);
    const settled = await product.api.settled(operation, () => undefined);
    assert.match(settled.response?.summary ?? "", /^update 1$/);
    assert.deepEqual(JSON.parse(await workerPolicy(product, outputs)), JSON.parse(before));
    await assert.rejects(apply(look), (error: ApiProblem) => {
      assert.equal(error.status, 409);
      assert.match(error.message, /moved since the preview/);
      assert.match(error.message, new RegExp(`${operation.id} .*succeeded, which changed \\S+`));
      return true;
    });
    const left = await product.client.call("getPreview", { params: { preview: look.id } });
    assert.equal(left.state, "outdated");
    assert.equal(left.moved.length, 1);
  });

  it("fails with the account's own 403 once the NAT's address is off its firewall, and copies on a redrive", async () => {
    const account = await firewall(product, outputs, []);
    await put("refused/by-firewall.txt", "x");
    const problem = await until(
      "the account's refusal in the run",
      async () => {
        const [run] = await product.api.runs(tenant, pipeline);
        return run?.problems.find((each) => each.class === "AuthorizationFailure");
      },
      { seconds: 60 },
    );
    assert.match(problem.message, /403/);
    await assert.rejects(container.getBlobClient("warm-up.txt").download(), { statusCode: 403 });
    await firewall(product, outputs, account);
    await redrive(product, outputs);
    await arrived("refused/by-firewall.txt");
  });

  it("goes on where it was after a restart", async () => {
    await product.stop();
    await product.resume();
    assert.match(product.said, /foundation: \d+ same in/);
    s3 = new S3Client(product.operator);
    container = await product.container(outputs);
    const old = await container.getBlobClient("reports/today.csv").downloadToBuffer();
    assert.equal(old.toString(), "a,b\n1,2\n");
    const answer = await s3.send(
      new GetObjectCommand({ Bucket: outputs.sourceBucket, Key: "reports/today.csv" }),
    );
    assert.equal(await answer.Body?.transformToString(), "a,b\n1,2\n");
    await put("after/restart.txt", "still here");
    await arrived("after/restart.txt");
  });

  it("leaves nothing in the clouds once all is destroyed", async () => {
    const operation = await product.api.deletePipeline(tenant, pipeline);
    await product.api.settled(operation, () => undefined);
    await product.causeway.foundation("destroy", AbortSignal.timeout(120_000));
    assert.deepEqual(await product.causeway.clouds.inventory(), []);
  });
});

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Kills every worker, and waits for ECS to start others. */
async function killWorkers(product: Product): Promise<void> {
  const killed = await product.workers();
  assert.ok(killed.length > 0, "no worker found to kill");
  for (const pid of killed) process.kill(pid, "SIGKILL");
  await until("a new worker", async () => {
    const alive = await product.workers();
    return alive.length > 0 && alive.every((pid) => !killed.includes(pid)) ? alive : undefined;
  });
}

/** The worker's policy as IAM has it: JSON. */
async function workerPolicy(product: Product, outputs: PipelineOutputs): Promise<string> {
  const { workerRoleName: RoleName, workerPolicyName: PolicyName } = outputs;
  const iam = new IAMClient(product.operator);
  const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
  return decodeURIComponent(PolicyDocument ?? "");
}

/** Takes an action out of the worker's policy; answers with what puts it back. */
async function withoutAction(
  product: Product,
  outputs: PipelineOutputs,
  action: string,
): Promise<() => Promise<void>> {
  const { workerRoleName: RoleName, workerPolicyName: PolicyName } = outputs;
  const iam = new IAMClient(product.operator);
  const whole = await workerPolicy(product, outputs);
  const policy = JSON.parse(whole) as { Statement: { Action: string | string[] }[] };
  const Statement = policy.Statement.map((statement) => ({
    ...statement,
    Action: [statement.Action].flat().filter((each) => each !== action),
  })).filter((statement) => statement.Action.length > 0);
  assert.notEqual(
    JSON.stringify(Statement).length,
    JSON.stringify(policy.Statement).length,
    `${action} is not in the policy`,
  );
  const write = async (document: string) => {
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document }));
  };
  await write(JSON.stringify({ ...policy, Statement }));
  return () => write(whole);
}

/** Puts the dead letters back into the queue, as an operator would once the cause is mended. */
async function redrive(product: Product, outputs: PipelineOutputs): Promise<void> {
  const sqs = new SQSClient(product.operator);
  const arn = async (QueueUrl: string) => {
    const ask = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
    return (await sqs.send(ask)).Attributes?.QueueArn;
  };
  const SourceArn = await arn(outputs.deadLetterQueueUrl);
  // Named, since the worker itself sent them there: SQS knows no source to return them to.
  const DestinationArn = await arn(outputs.queueUrl);
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
}

/** Sets the account's address rules by ARM's REST, as an operator would with curl; answers with the former ones. */
async function firewall(
  product: Product,
  { targets: [{ account }] }: PipelineOutputs,
  ipRules: unknown[],
): Promise<unknown[]> {
  const { azure } = product.causeway.clouds;
  const url = `${azure.endpoint}/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/causeway-local/providers/Microsoft.Storage/storageAccounts/${account}?api-version=2024-01-01`;
  const headers = { authorization: `Bearer ${azure.armToken}`, "content-type": "application/json" };
  interface Account {
    properties: { networkAcls: { ipRules: unknown[] } };
  }
  const before = (await (await fetch(url, { headers })).json()) as Account;
  const networkAcls = { ...before.properties.networkAcls, ipRules };
  const body = JSON.stringify({ properties: { networkAcls } });
  const answer = await fetch(url, { method: "PATCH", headers, body });
  assert.ok(answer.ok, await answer.text());
  return before.properties.networkAcls.ipRules;
}
