import assert from "node:assert/strict";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { Rig } from "./rig.ts";
import { until, type Worker } from "./worker-process.ts";

/** What a worker needs, as the program would allow it. */
const NEEDED = [
  "s3:GetObject",
  "s3:GetObjectVersion",
  "s3:ListBucket",
  "s3:PutObject",
  "sqs:ReceiveMessage",
  "sqs:DeleteMessage",
  "sqs:ChangeMessageVisibility",
  "sqs:SendMessage",
  "ssm:GetParameter",
  "kms:Decrypt",
];

describe("a worker that is refused", function () {
  this.timeout(60_000);
  let rig: Rig;
  let iam: IAMClient;
  let count = 0;
  before(async () => {
    rig = await Rig.start({ versioned: true, limits: { receives: 1 } });
    const { endpoint, region, adminCredentials: credentials } = rig.aws;
    iam = new IAMClient({ endpoint, region, credentials });
  });
  afterEach(() => rig.rest());
  after(async () => {
    iam.destroy();
    await rig.close();
  });

  /** A worker whose identity lacks some of what it needs. */
  async function without(...missing: string[]): Promise<Worker> {
    count += 1;
    const UserName = `worker-${count}`;
    await iam.send(new CreateUserCommand({ UserName }));
    const Action = NEEDED.filter((action) => !missing.includes(action));
    await iam.send(
      new PutUserPolicyCommand({
        UserName,
        PolicyName: "worker",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Action, Resource: "*" },
        }),
      }),
    );
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    return rig.worker({
      AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? "",
      AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? "",
    });
  }

  it("lacks nothing that it does not use: these actions are enough", async () => {
    const worker = await without();
    await rig.put("enough.txt", "body");
    assert.equal((await rig.entry("enough.txt")).state, "copied");
    await rig.drained();
    assert.deepEqual(
      worker.lines.filter((line) => line.problem !== undefined),
      [],
    );
    await worker.end();
  });

  for (const [missing, size] of [
    ["s3:GetObject", 4],
    // What is read in one request is read as it is now: only larger objects are asked for by their version.
    ["s3:GetObjectVersion", 2 * 1024 * 1024],
  ] as const) {
    it(`names ${missing} in the ledger, in a problem and at the dead letter`, async () => {
      const worker = await without(missing);
      const key = `without-${missing.slice(3)}.txt`;
      await rig.put(key, Buffer.alloc(size));
      const entry = await rig.entry(key);
      assert.equal(entry.state, "failed");
      assert.deepEqual([entry.class, entry.action], ["AccessDenied", missing]);
      const { problem } = await worker.problem(missing);
      assert.equal(problem?.["class"], "AccessDenied");
      assert.match(
        problem["message"] ?? "",
        new RegExp(`Allow ${missing} in the role of the worker`),
      );
      await rig.drained();
      const letters = await rig.deadLetters();
      assert.ok(
        letters.some(
          (letter) =>
            letter.Body?.includes(key) === true &&
            letter.MessageAttributes?.["causeway.action"]?.StringValue === missing,
        ),
      );
      await worker.end();
    });
  }

  it("never takes a key that it may not list for one that was deleted", async () => {
    const worker = await without("s3:ListBucket");
    await rig.hint({ key: "never-existed.txt", size: 1 });
    const entry = await rig.entry("never-existed.txt");
    assert.deepEqual([entry.state, entry.action], ["failed", "s3:ListBucket"]);
    await worker.end();
  });

  it("writes a problem that names ssm:GetParameter", async () => {
    const worker = await without("ssm:GetParameter");
    await rig.put("without-sas.txt", "body");
    const { problem } = await worker.problem("ssm:GetParameter");
    assert.equal(problem?.["class"], "AccessDenied");
    assert.equal((await rig.entry("without-sas.txt")).action, "ssm:GetParameter");
    await worker.end();
  });

  it("writes a problem that names sqs:ReceiveMessage, and goes on asking", async () => {
    const worker = await without("sqs:ReceiveMessage");
    await worker.problem("sqs:ReceiveMessage");
    assert.equal((await worker.end()).code, 0);
  });

  it("keeps the message until the ledger can be written", async () => {
    const worker = await without("s3:PutObject");
    await rig.put("unwritten.txt", "body");
    await worker.problem("s3:PutObject");
    assert.equal((await rig.blob("unwritten.txt"))?.toString(), "body");
    const { visible, inFlight } = await rig.depth();
    assert.equal(visible + inFlight, 1);
    await worker.end("SIGKILL");
    const next = await rig.worker();
    await rig.hint({ key: "unwritten.txt", size: 4 });
    assert.equal((await rig.entry("unwritten.txt")).state, "unchanged");
    await next.end();
  });

  it("by the account's firewall says that, with the account's own code", async () => {
    await rig.firewall(["203.0.113.7"]);
    const worker = await rig.worker();
    await rig.put("firewalled.txt", "body");
    const entry = await rig.entry("firewalled.txt");
    assert.deepEqual([entry.state, entry.class], ["failed", "AuthorizationFailure"]);
    assert.match(entry.reason ?? "", /firewall does not admit the address this worker leaves from/);
    const line = await worker.said((one) => one.problem?.["class"] === "AuthorizationFailure");
    assert.match(line.problem?.["remedy"] ?? "", /add the NAT's address/);
    await rig.firewall(undefined);
    await worker.end();
  });

  it("by a SAS without the permission says that, and not the firewall", async () => {
    await rig.keepSas(await rig.newSas({ permissions: "r" }));
    const worker = await rig.worker();
    await rig.put("read-only.txt", "body");
    const entry = await rig.entry("read-only.txt");
    assert.deepEqual(
      [entry.state, entry.class, entry.action],
      ["failed", "AuthorizationPermissionMismatch", "blob:PutBlob"],
    );
    await worker.end();
    await rig.keepSas(await rig.newSas());
  });

  it("by an expired SAS reads the parameter again and goes on", async () => {
    await rig.keepSas(await rig.newSas({ seconds: 3600 }));
    const worker = await rig.worker();
    await rig.put("before.txt", "body");
    assert.equal((await rig.entry("before.txt")).state, "copied");
    // Every SAS signed before is void from now on, as when its access policy is replaced.
    await rig.revokeSas();
    await rig.keepSas(await rig.newSas());
    await rig.put("after.txt", "body");
    assert.equal((await rig.entry("after.txt")).state, "copied");
    await worker.end();
  });

  it("holds a blob that someone else has leased, and copies it when asked again", async () => {
    const worker = await rig.worker();
    await rig.put("leased.txt", "one");
    await rig.entry("leased.txt");
    const lease = rig.container.getBlobClient("leased.txt").getBlobLeaseClient();
    await lease.acquireLease(-1);
    await rig.put("leased.txt", "two");
    const entry = await rig.entry("leased.txt", (one) => one.state !== "copied");
    assert.deepEqual([entry.state, entry.class], ["held", "LeaseIdMissing"]);
    await lease.releaseLease();
    await rig.hint({ key: "leased.txt", size: 3 });
    await until(
      async () => ((await rig.blob("leased.txt"))?.toString() === "two" ? true : undefined),
      "the second content",
    );
    await worker.end();
  });

  it("goes on through 503s, resets and truncated bodies of both clouds without a word in the ledger", async () => {
    const worker = await rig.worker();
    // Not what the test itself reads: the ledger.
    const key = /^faulty\//;
    rig.aws.s3.faults.add({ operation: "GetObject", key, times: 2, effect: { kind: "error" } });
    rig.aws.s3.faults.add({
      operation: "GetObject",
      key,
      skip: 4,
      effect: { kind: "reset", afterBytes: 1000 },
    });
    rig.aws.s3.faults.add({
      operation: "GetObject",
      key,
      skip: 6,
      effect: { kind: "truncate", afterBytes: 10 },
    });
    rig.azure.faults.inject({ operation: "Put Blob", times: 2, trouble: { kind: "busy" } });
    rig.azure.faults.inject({ operation: "Put Blob", after: 4, trouble: { kind: "reset" } });
    rig.azure.faults.inject({ operation: "Put Blob", after: 6, trouble: { kind: "lost answer" } });
    const keys = Array.from({ length: 12 }, (_, at) => `faulty/${at}`);
    for (const key of keys) await rig.put(key, `${key} `.repeat(5000));
    for (const key of keys) {
      const { state } = await rig.entry(key);
      assert.ok(state === "copied" || state === "unchanged", `${key} is ${state}`);
      assert.equal((await rig.blob(key))?.toString(), `${key} `.repeat(5000));
    }
    assert.equal(
      worker.lines.find((line) => line.level >= 50),
      undefined,
    );
    await worker.end();
  });
});
