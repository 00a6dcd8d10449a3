import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { GetQueueAttributesCommand, StartMessageMoveTaskCommand } from "@aws-sdk/client-sqs";
import { Rig } from "./rig.ts";

const GROUP = "landing-group";
const ACCOUNT = "acmelanding";
const MIB = 1024 * 1024;

describe("a worker whose luck is bad", function () {
  this.timeout(90_000);
  let rig: Rig;
  before(async () => {
    rig = await Rig.start({ limits: { receives: 1 } });
  });
  afterEach(() => rig.rest());
  after(() => rig.close());

  const arnOf = async (QueueUrl: string): Promise<string | undefined> => {
    const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
    return (await rig.sqs.send(asked)).Attributes?.["QueueArn"];
  };

  it("says that the source's bucket is gone, as the pipeline's trouble and not the object's", async () => {
    const source = { bucket: "nowhere", region: rig.aws.region };
    const worker = await rig.worker({}, { source });
    await rig.hint({ key: "lost.txt", size: 4 });
    const line = await worker.said((one) => one.problem?.["class"] === "NoSuchBucket");
    assert.match(line.problem?.["resource"] ?? "", /^s3:\/\/nowhere/);
    assert.equal((await rig.entry("lost.txt")).class, "NoSuchBucket");
  });

  it("says that the container is gone; what was buried meanwhile is copied when it is driven back", async () => {
    await rig.azure.arm.deleteContainer(GROUP, ACCOUNT, "landing");
    const worker = await rig.worker();
    await rig.put("buried.txt", "body");
    const entry = await rig.entry("buried.txt");
    assert.deepEqual([entry.state, entry.class], ["failed", "ContainerNotFound"]);
    const line = await worker.said((one) => one.problem?.["class"] === "ContainerNotFound");
    assert.match(line.problem?.["remedy"] ?? "", /run the pipeline's update/);
    await rig.drained();
    const dead = await rig.deadLetters();
    const reasons = dead.map((one) => one.MessageAttributes?.["causeway.class"]?.StringValue);
    assert.ok(reasons.includes("ContainerNotFound"), reasons.join());

    await rig.azure.arm.putContainer(GROUP, ACCOUNT, "landing");
    // The worker has put it there itself, so SQS does not know where it came from.
    const [SourceArn, DestinationArn] = await Promise.all(
      [rig.job.queue.deadLetterUrl, rig.job.queue.url].map(arnOf),
    );
    await rig.sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
    assert.equal(
      (await rig.entry("buried.txt", ({ state }) => state === "copied")).name,
      "buried.txt",
    );
    assert.equal((await rig.blob("buried.txt"))?.toString(), "body");
  });

  it("says that its keys are wrong, and does not show them", async () => {
    const worker = await rig.worker({ AWS_SECRET_ACCESS_KEY: "not-the-key-that-belongs-to-it" });
    const line = await worker.problem("sqs:ReceiveMessage");
    assert.equal(line.problem?.["class"], "InvalidSignatureException");
    assert.doesNotMatch(worker.output, /not-the-key/);
  });

  it("keeps a hint whose target's name nobody can look up, and names that name", async () => {
    const [target] = rig.job.targets;
    assert.ok(target?.type === "azure-blob");
    const unknown = { ...target, endpoint: "http://storage.invalid/acmelanding" };
    const worker = await rig.worker({}, { targets: [unknown], limits: { receives: 4 } });
    await rig.put("unresolved.txt", "body");
    const line = await worker.said(({ msg }) => msg.includes("storage.invalid"));
    assert.match(line.msg, /^again later: .*(ENOTFOUND|EAI_AGAIN)/);
    await worker.end();
    await rig.worker();
    assert.equal((await rig.entry("unresolved.txt")).state, "copied");
  });

  it("copies once what two workers are told of at the same moment, and neither calls it a failure", async () => {
    await Promise.all([rig.worker(), rig.worker()]);
    const body = randomBytes(9 * MIB);
    await rig.put("raced.bin", body);
    await Promise.all(
      Array.from({ length: 12 }, () => rig.hint({ key: "raced.bin", size: body.length })),
    );
    await rig.entry("raced.bin", ({ state }) => state === "unchanged");
    await rig.drained();
    assert.ok((await rig.blob("raced.bin"))?.equals(body));
    const states = (await rig.ledger()).filter(({ key }) => key === "raced.bin");
    assert.deepEqual([...new Set(states.map(({ state }) => state))].sort(), [
      "copied",
      "unchanged",
    ]);
  });
});
