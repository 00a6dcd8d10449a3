import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { crc64 } from "../../../runtime/checksum/crc64.ts";
import { toS3Base64 } from "../../../runtime/checksum/combine.ts";
import { Rig } from "./rig.ts";
import { until, type Worker } from "./worker-process.ts";

const MiB = 1024 * 1024;
const BLOCK = 8 * MiB;

describe("a large object that is streamed", function () {
  this.timeout(120_000);
  let rig: Rig;
  let body: Buffer;
  let half: Buffer;
  before(async () => {
    rig = await Rig.start({ deletes: { mode: "mirror" }, by: "stream" });
    body = randomBytes(200 * MiB);
    half = body.subarray(0, 100 * MiB);
  });
  afterEach(() => rig.rest());
  after(() => rig.close());

  /** As the AWS CLI and the newer SDKs upload: with a CRC-64/NVME, which S3 then keeps. */
  async function put(key: string, bytes: Buffer): Promise<void> {
    await rig.put(key, bytes, { ChecksumCRC64NVME: toS3Base64(crc64(bytes)) });
  }

  it("of 200 MB is copied with memory that its size does not decide, and proven by CRC-64", async () => {
    const worker = await rig.worker();
    const before = worker.peakMemory();
    const from = performance.now();
    await put("large.bin", body);
    const uploaded = performance.now();
    const entry = await rig.entry("large.bin");
    assert.equal(entry.state, "copied");
    assert.deepEqual(entry.checksum, {
      algorithm: "CRC64NVME",
      value: toS3Base64(crc64(body)),
      basis: "source",
    });
    assert.ok((await rig.blob("large.bin"))?.equals(body));
    const peak = worker.peakMemory();
    console.log(
      `      200 MiB: ${entry.seconds} s (PUT itself ${((uploaded - from) / 1000).toFixed(1)} s), ` +
        `peak RSS ${Math.round(peak / MiB)} MiB, ${Math.round(before / MiB)} MiB at rest`,
    );
    assert.ok(peak - before < 160 * MiB, `${peak - before} bytes more than at rest`);
    await worker.end();
  });

  it("whose worker is killed half-way is continued by another, which reads nothing that arrived", async () => {
    await rig.drained();
    rig.azure.faults.inject({
      operation: "Put Block",
      trouble: { kind: "slow", delayMs: 150 },
      times: 1000,
    });
    const first = await rig.worker({}, { limits: { ranges: 2 } });
    await put("killed.bin", half);
    const blob = rig.container.getBlockBlobClient("killed.bin");
    const staged = await until(async () => {
      const listed = await blob.getBlockList("uncommitted").catch(() => undefined);
      const blocks = listed?.uncommittedBlocks ?? [];
      return blocks.length >= 6 ? blocks : undefined;
    }, "half of the blocks");
    await first.end("SIGKILL");
    rig.azure.faults.clear();
    const counter = await rig.countingS3();
    const second = await rig.worker({ AWS_ENDPOINT_URL_S3: counter.url });
    // The first worker's message comes back when its time is over; any other hint does as well.
    await rig.hint({ key: "killed.bin", size: half.length });
    const entry = await rig.entry("killed.bin");
    assert.equal(entry.state, "copied");
    assert.equal(entry.checksum?.basis, "source");
    assert.ok((await rig.blob("killed.bin"))?.equals(half));
    const read = counter.reads.filter(({ range }) => range !== "").length;
    const whole = Math.ceil(half.length / BLOCK);
    console.log(`      ${staged.length} of ${whole} blocks had arrived, ${read} were read again`);
    assert.ok(read <= whole - staged.length, `${read} reads`);
    await second.end("SIGKILL");
  });

  it("overwritten while it is copied arrives as its newest content, never as a mixture", async () => {
    const worker = await rig.worker({}, { limits: { ranges: 2 } });
    const fresh = Buffer.from(body.subarray(60 * MiB, 90 * MiB));
    rig.aws.s3.faults.add({
      operation: "GetObject",
      key: "torn.bin",
      skip: 3,
      effect: { kind: "overwrite", afterBytes: 100_000, body: fresh },
    });
    await put("torn.bin", body.subarray(0, 60 * MiB));
    const first = await until(() => rig.blob("torn.bin"), "the blob");
    assert.ok(first.equals(fresh));
    assert.equal((await rig.entry("torn.bin")).size, fresh.length);
    await worker.end();
  });

  it("is handed back on SIGTERM when it cannot be finished in time, and the worker ends with 0", async () => {
    rig.azure.faults.inject({
      operation: "Put Block",
      trouble: { kind: "slow", delayMs: 1000 },
      times: 1000,
    });
    const worker = await rig.worker({ CAUSEWAY_GRACE_SECONDS: "5" }, { limits: { ranges: 1 } });
    await put("handed-back.bin", half);
    await rig.put("small-one.txt", "small");
    await until(() => rig.blob("small-one.txt"), "the small one");
    const from = performance.now();
    const { code } = await worker.end();
    assert.equal(code, 0);
    assert.ok(performance.now() - from < 6000);
    assert.ok((await rig.ledger()).some((entry) => entry.key === "small-one.txt"));
    rig.azure.faults.clear();
    const next = await rig.worker();
    const entry = await rig.entry("handed-back.bin");
    assert.deepEqual([entry.state, entry.hint?.receiveCount], ["copied", 2]);
    await next.end();
  });

  it("deleted at the source is deleted at the target where deletes are mirrored", async () => {
    const worker = await rig.worker();
    await rig.delete("large.bin");
    const entry = await rig.entry("large.bin", (one) => one.state !== "copied");
    assert.equal(entry.state, "deleted");
    assert.equal(await rig.blob("large.bin"), undefined);
    await stop(worker);
  });
});

async function stop(worker: Worker): Promise<void> {
  assert.equal((await worker.end()).code, 0);
}
