import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import request from "supertest";
import { openDatabase } from "../../../service/db/database.ts";
import type { Drift } from "../../../service/drift/schema.ts";
import type { Approval } from "../../../service/previews/findings.ts";
import type { Preview } from "../../../service/previews/schema.ts";
import type { Service } from "../../../service/service.ts";
import { startEmbedded } from "./embedded.ts";
import {
  bodyOf,
  makeHome,
  spec,
  start,
  until,
  type Home,
  type OperationBody,
  type ProblemBody,
} from "./harness.ts";

const parts = fileURLToPath(new URL("programs/parts.ts", import.meta.url));
const exports = "/v1/tenants/acme/pipelines/exports";

describe("previews and drift, on the real engine and the embedded AWS", function () {
  this.timeout(120_000);
  let embedded: Awaited<ReturnType<typeof startEmbedded>>;
  let home: Home;
  let service: Service;
  const api = () => request(service.url);

  before(async () => {
    embedded = await startEmbedded();
    home = await makeHome({ ...embedded.env, CAUSEWAY_PROGRAM: parts, CAUSEWAY_OPERATIONS: "2" });
    service = await start(home);
  });
  after(async () => {
    await service.stop();
    await embedded.close();
    await home.remove();
  });

  const preview = async (path: string, body: object): Promise<Preview> => {
    const operation = await bodyOf<OperationBody>(api().post(path).send(body), 202);
    const end = await until(service.url, operation.id, "done", 90_000);
    assert.equal(end.metadata.state, "succeeded", JSON.stringify(end.error));
    return bodyOf<Preview>(api().get(operation.id.replace(/^op_/, "/v1/previews/pv_")));
  };
  const look = (prefix?: string): Promise<Preview> =>
    preview(`${exports}/previews`, prefix === undefined ? {} : { spec: spec(prefix) });
  const apply = async ({ links, digest, counts }: Preview): Promise<OperationBody> => {
    const answer = await bodyOf<OperationBody>(api().post(links.apply).send({ digest }), 202);
    const end = await until(service.url, answer.id, "done", 90_000);
    if (end.metadata.state === "succeeded") assert.deepEqual(end.response?.counts, counts);
    return end;
  };
  const refused = (made: Preview, status: number, body: object = {}): Promise<ProblemBody> =>
    bodyOf<ProblemBody>(api().post(made.links.apply).send(body), status);
  const change = async (path: string, body: object, method: "post" | "put" = "post") => {
    const answer = await api()[method](path).send(body);
    return until(service.url, (answer.body as OperationBody).id, "done", 90_000);
  };

  it("make a pipeline exactly as it was previewed, once", async () => {
    const made = await preview("/v1/tenants/acme/pipelines?validateOnly=true", {
      name: "exports",
      spec: spec("secret-1/"),
      commit: "0123abc",
    });
    assert.deepEqual([made.state, made.action, made.commit], ["ready", "create", "0123abc"]);
    assert.deepEqual(made.generation, { from: null, to: 1 });
    assert.deepEqual(made.counts, { create: 5 });
    assert.equal(made.cost?.before, 0);
    assert.match(made.cost.pricesAsOf, /^\d{4}-/);
    assert.deepEqual(made.policy, { passed: true, violations: [] });
    assert.match(made.digest ?? "", /^sha256:[0-9a-f]{64}$/);
    await api().get(exports).expect(404);
    const wrong = await refused(made, 409, { digest: `sha256:${"0".repeat(64)}` });
    assert.match(wrong.type, /outdated$/);
    await api().post(made.links.apply).set("if-match", '"0123456789abcdef-1"').expect(412);

    const { headers } = await api().get(made.links.self).expect(200);
    const applied = api()
      .post(made.links.apply)
      .set("if-match", headers.etag ?? "");
    const done = await until(service.url, (await bodyOf<OperationBody>(applied, 202)).id);
    assert.equal(done.metadata.state, "succeeded", JSON.stringify(done.error));
    assert.equal(done.metadata.action, "create");
    const again = await refused(made, 409);
    assert.match(again.detail, /applied already, by operation op_/);
    const now = await bodyOf<Preview>(api().get(made.links.self));
    assert.deepEqual([now.state, now.applied?.operation], ["applied", done.id]);
  });

  it("say nothing of what is as it should be", async () => {
    const made = await look();
    assert.deepEqual([made.action, made.summary, made.steps], ["none", "no changes", []]);
    assert.deepEqual(made.drift, { resources: 0 });
  });

  it("show every property that changes, what forces a replacement, and secrets as fingerprints", async () => {
    const made = await look("name-2/wait-90/secret-2/");
    assert.equal(made.summary, "replace 1, update 2");
    const [queue] = made.steps;
    assert.deepEqual([queue?.op, queue?.name, queue?.why], ["replace", "hints", ["name"]]);
    const wait = queue?.changes.find(({ path }) => path === "visibilityTimeoutSeconds");
    assert.deepEqual([wait?.before, wait?.after], ["60", "90"]);
    const secret = made.steps.flatMap(({ changes }) => changes).find((one) => one.secret);
    assert.match(secret?.before ?? "", /^secret:[0-9a-f]{8}$/);
    assert.match(secret?.after ?? "", /^secret:[0-9a-f]{8}$/);
    assert.notEqual(secret?.before, secret?.after);
    assert.doesNotMatch(JSON.stringify(made), /very-secret/);
    const same = await look("name-2/wait-90/secret-2/");
    assert.deepEqual([same.digest, same.steps], [made.digest, made.steps]);
  });

  it("are outdated once the world has moved, and say what has", async () => {
    const made = await look("wait-90/secret-1/");
    const update = await change(exports, { spec: spec("wait-61/secret-1/") }, "put");
    assert.equal(update.metadata.state, "succeeded", JSON.stringify(update.error));
    const problem = await refused(made, 409);
    assert.match(problem.type, /outdated$/);
    assert.match(problem.detail, /is at generation 2; the preview was made at generation 1/);
    assert.match(
      problem.detail,
      new RegExp(`${update.id} \\(update\\) succeeded, which changed hints`),
    );
    const now = await bodyOf<Preview>(api().get(made.links.self));
    assert.deepEqual([now.state, now.moved.length], ["outdated", 2]);
  });

  it("do their steps and no others", async () => {
    const made = await look("wait-62/secret-1/");
    const done = await apply(made);
    assert.equal(done.metadata.state, "succeeded", JSON.stringify(done.error));
    const { items } = await bodyOf<{ items: { op: string; name: string; status: string }[] }>(
      api().get(`/v1/operations/${done.id}/events?limit=500`),
    );
    const did = items.filter(({ status, op }) => status === "done" && op !== "refresh");
    assert.deepEqual(
      did.map(({ op, name }) => [op, name]),
      made.steps.map(({ op, name }) => [op, name]),
    );
  });

  it("are refused by the engine where something else would have to be done", async () => {
    const made = await look("wait-63/secret-1/");
    // Behind everybody's back, after the preview: putting it back was not approved.
    await setQueue({ MessageRetentionPeriod: "120" });
    const end = await apply(made);
    assert.equal(end.error?.code, "plan-violated");
    assert.match(end.error.detail, /hints violates plan/);
    assert.equal((await queue()).MessageRetentionPeriod, "120");
    await change(`${exports}/updates`, {});
  });

  it("are refused where their plan was tampered with", async () => {
    const made = await look("wait-64/secret-1/");
    await inDatabase(async (db) => {
      const row = await db
        .selectFrom("previews")
        .select("approval")
        .where("id", "=", made.id)
        .executeTakeFirstOrThrow();
      const approval = row.approval as Approval;
      const plan = gunzipSync(Buffer.from(approval.plan, "base64")).toString();
      assert.match(plan, /"ciphertext"/, "the plan holds no secret to look for");
      assert.doesNotMatch(plan, /very-secret/);
      const other = gzipSync(plan.replaceAll(/: 64\b/g, ": 65")).toString("base64");
      await db
        .updateTable("previews")
        .set({ approval: JSON.stringify({ ...approval, plan: other }) })
        .where("id", "=", made.id)
        .execute();
    });
    const end = await apply(made);
    assert.equal(end.error?.code, "plan-tampered");
    await change(`${exports}/updates`, {});
  });

  it("cannot be applied where a mandatory rule forbids it, nor can the same be PUT", async () => {
    const made = await look("open/secret-1/");
    assert.equal(made.policy?.passed, false);
    const [violation] = made.policy.violations;
    assert.deepEqual([violation?.rule, violation?.level], ["least-privilege", "mandatory"]);
    assert.match(violation?.resource ?? "", /RolePolicy::worker$/);
    const problem = await refused(made, 422);
    assert.match(problem.type, /policy-violation$/);
    assert.match(problem.errors?.[0]?.detail ?? "", /Name each action/);

    const put = await change(exports, { spec: spec("open/secret-1/") }, "put");
    assert.deepEqual([put.metadata.state, put.error?.code], ["failed", "policy-violation"]);
    assert.match(put.error?.detail ?? "", /sqs:\*/);
    const before = await change(exports, { spec: spec("secret-1/") }, "put");
    assert.equal(before.metadata.state, "succeeded", JSON.stringify(before.error));
  });

  it("of drift show exactly what was changed by hand, and nothing once it is put back", async () => {
    const untouched = await drifted();
    assert.deepEqual([untouched.state, untouched.steps], ["none", []]);
    await setQueue({ VisibilityTimeout: "7" });
    await allowEverything();
    const found = await drifted();
    assert.deepEqual([found.state, found.resources], ["drifted", 2]);
    const changes = found.steps.flatMap(({ op, name, changes: of }) =>
      of.map(({ path, before, after }) => [op, name, path, before, after]),
    );
    assert.deepEqual(
      changes.filter(([, name]) => name === "hints"),
      [["update", "hints", "visibilityTimeoutSeconds", "60", "7"]],
    );
    assert.deepEqual(changes.filter(([, name]) => name === "worker").slice(0, 2), [
      ["update", "worker", "policy.Statement[0].Action", '"s3:GetObject"', '"s3:*"'],
      [
        "update",
        "worker",
        "policy.Statement[0].Resource",
        '"arn:aws:s3:::cw-acme-exports/*"',
        '"*"',
      ],
    ]);
    const shown = await bodyOf<{ drift: { resources: number }; status: { notices: string[] } }>(
      api().get(exports),
    );
    assert.equal(shown.drift.resources, 2);
    assert.match(shown.status.notices.join(" "), /2 resources were changed by hand/);
    const all = await bodyOf<{ items: Drift[] }>(api().get("/v1/drift?drifted=true"));
    assert.deepEqual(
      all.items.map(({ pipeline }) => pipeline),
      ["exports"],
    );
    await change(found.links.repair, {});
    const after = await drifted();
    assert.deepEqual([after.state, after.steps], ["none", []]);
    assert.equal((await queue()).VisibilityTimeout, "60");
  });

  async function drifted(): Promise<Drift> {
    const end = await change(`${exports}/drift`, {});
    assert.equal(end.metadata.state, "succeeded", JSON.stringify(end.error));
    return bodyOf<Drift>(api().get(`${exports}/drift`));
  }

  async function queueUrl(): Promise<string> {
    const { outputs } = await bodyOf<{ outputs: { queueUrl: string } }>(api().get(exports));
    return outputs.queueUrl;
  }

  async function setQueue(Attributes: Record<string, string>): Promise<void> {
    const sqs = new SQSClient(embedded.operator);
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: await queueUrl(), Attributes }));
    sqs.destroy();
  }

  async function queue(): Promise<Record<string, string>> {
    const sqs = new SQSClient(embedded.operator);
    const ask = { QueueUrl: await queueUrl(), AttributeNames: ["All" as const] };
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand(ask));
    sqs.destroy();
    return Attributes ?? {};
  }

  async function allowEverything(): Promise<void> {
    const iam = new IAMClient(embedded.operator);
    const document = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
    };
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: "acme-exports",
        PolicyName: "worker",
        PolicyDocument: JSON.stringify(document),
      }),
    );
    iam.destroy();
  }

  /** Whoever can write to the database; the service is down meanwhile, for it holds the embedded one. */
  async function inDatabase(
    work: (db: Awaited<ReturnType<typeof openDatabase>>["db"]) => Promise<void>,
  ): Promise<void> {
    await service.stop();
    const folder = join(home.folder, "service", "db");
    const database = await openDatabase({ url: undefined, folder });
    await work(database.db).finally(() => database.close());
    service = await start(home);
  }
});
