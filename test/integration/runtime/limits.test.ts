import assert from "node:assert/strict";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { bookName, type BudgetBook } from "../../../runtime/cost/fleet-budget.ts";
import { Rig } from "./rig.ts";
import { until, type Worker } from "./worker-process.ts";

const KIB = 1024;
const MONTH = new Date().toISOString().slice(0, 7);

describe("workers with a budget", function () {
  this.timeout(90_000);
  let rig: Rig;
  before(async () => {
    rig = await Rig.start();
  });
  after(() => rig.close());

  const book = async (): Promise<BudgetBook> => {
    const Key = `${rig.job.ledger.prefix}${bookName(MONTH)}`;
    const { Body } = await rig.s3.send(new GetObjectCommand({ Bucket: "ledger", Key }));
    return JSON.parse((await Body?.transformToString()) ?? "") as BudgetBook;
  };
  const arrived = async (): Promise<number> => {
    let blobs = 0;
    for await (const blob of rig.container.listBlobsFlat()) blobs += blob.name === "" ? 0 : 1;
    return blobs;
  };
  const held = (worker: Worker) =>
    worker.said((line) => line.problem?.["class"] === "BudgetExceeded");

  it("share it, stop before it is exceeded, lose no hint, and go on when it is raised", async () => {
    // An object of 64 KiB costs about 14 millionths of a dollar: most of 200 fit into 2,000.
    const limits = { budgetUsd: 0.002 };
    const workers = await Promise.all([
      rig.worker({}, { limits, by: "stream" }),
      rig.worker({}, { limits, by: "stream" }),
    ]);
    const keys = Array.from({ length: 200 }, (_, at) => `costly/${at}`);
    for (const key of keys) await rig.put(key, Buffer.alloc(64 * KIB, key));
    await Promise.all(workers.map(held));
    const copied = await arrived();
    assert.ok(copied > 100 && copied < 150, `${copied} of about 140 that the budget pays`);
    const { granted, spent } = await book();
    const total = Object.values(granted).reduce((sum, one) => sum + one, spent);
    assert.ok(total <= limits.budgetUsd, `${total} dollars are granted`);
    assert.equal(Object.keys(granted).length, 2);
    const waiting = (await rig.ledger()).filter(({ state }) => state === "held");
    assert.ok(waiting.length > 0 && waiting.every((one) => one.class === "BudgetExceeded"));
    assert.equal(await workers[0].health(), 0);

    await Promise.all(workers.map((worker) => worker.end()));
    assert.deepEqual((await book()).granted, {}, "who ends gives back what it did not spend");
    assert.deepEqual(await rig.deadLetters(), []);
    await until(
      async () => ((await rig.depth()).visible + (await arrived()) >= 200 ? true : undefined),
      "every hint in the queue whose object was not copied",
    );

    await rig.worker({}, { limits: { budgetUsd: 1 }, by: "stream" });
    await until(async () => ((await arrived()) === 200 ? true : undefined), "all 200 blobs");
    await rig.drained();
    assert.deepEqual(await rig.deadLetters(), []);
  });
});

describe("a worker with hours", function () {
  this.timeout(60_000);
  let rig: Rig;
  before(async () => {
    rig = await Rig.start();
  });
  after(() => rig.close());

  const around = (fromHours: number, toHours: number) => {
    const minute = (hours: number) =>
      (Math.floor(Date.now() / 60_000) + hours * 60 + 2 * 1440) % 1440;
    return { window: { from: minute(fromHours), to: minute(toHours), zone: "UTC" } };
  };

  it("leaves hints in the queue outside of them, says why, and is well; within them it copies", async () => {
    const closed = await rig.worker({}, { limits: around(2, 3) });
    await rig.put("night.txt", "by night");
    const said = await closed.said((line) => line.problem?.["class"] === "OutsideWindow");
    assert.match(said.problem?.["message"] ?? "", /^Nothing is copied between .* \(UTC\)\.$/);
    assert.equal(await rig.blob("night.txt"), undefined);
    assert.equal((await rig.depth()).visible, 2, "it, and what S3 sends to try the queue");
    assert.equal(await closed.health(), 0);
    await closed.end();
    const open = await rig.worker({}, { limits: around(-1, 1) });
    assert.equal((await rig.entry("night.txt")).state, "copied");
    await open.end();
    const Prefix = `${rig.job.ledger.prefix}pace/`;
    const signs = await rig.s3.send(new ListObjectsV2Command({ Bucket: "ledger", Prefix }));
    assert.equal(signs.KeyCount, 0, "hours are no rate: nothing is to be shared");
  });
});
