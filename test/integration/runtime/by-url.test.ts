import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
} from "@aws-sdk/client-s3";
import { crc64 } from "../../../runtime/checksum/crc64.ts";
import { toS3Base64 } from "../../../runtime/checksum/combine.ts";
import { Rig } from "./rig.ts";
import { until, type Worker } from "./worker-process.ts";

const MiB = 1024 * 1024;
/** What Azure reads in one block. */
const BLOCK = 32 * MiB;

describe("a large object that Azure reads by itself", function () {
  this.timeout(120_000);
  let rig: Rig;
  let worker: Worker;
  let body: Buffer;
  before(async () => {
    rig = await Rig.start();
    worker = await rig.worker();
    body = randomBytes(130 * MiB);
  });
  afterEach(() => {
    rig.azure.faults.clear();
    rig.aws.s3.faults.clear();
  });
  after(() => rig.close());

  /** As the AWS CLI uploads large objects: in parts, with a CRC-64/NVME of the whole; its ETag is no MD5. */
  async function putInParts(key: string, bytes: Buffer): Promise<void> {
    const place = { Bucket: "source", Key: key };
    const full = { ChecksumAlgorithm: "CRC64NVME", ChecksumType: "FULL_OBJECT" } as const;
    const { UploadId } = await rig.s3.send(new CreateMultipartUploadCommand({ ...place, ...full }));
    const Parts: CompletedPart[] = [];
    for (let at = 0; at < bytes.length; at += 50 * MiB) {
      const part = bytes.subarray(at, at + 50 * MiB);
      const PartNumber = Parts.length + 1;
      const ChecksumCRC64NVME = toS3Base64(crc64(part));
      const { ETag } = await rig.s3.send(
        new UploadPartCommand({ ...place, UploadId, PartNumber, Body: part, ChecksumCRC64NVME }),
      );
      Parts.push({ PartNumber, ETag, ChecksumCRC64NVME });
    }
    await rig.s3.send(
      new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }),
    );
  }

  it("in one request is proven by its MD5, and no byte of it passes through the worker", async () => {
    const part = body.subarray(0, 20 * MiB);
    await rig.put("whole.bin", part);
    const entry = await rig.entry("whole.bin");
    assert.deepEqual([entry.state, entry.how, entry.bytesRead], ["copied", "url", 0]);
    assert.deepEqual([entry.checksum?.algorithm, entry.checksum?.basis], ["MD5", "source"]);
    assert.ok((await rig.blob("whole.bin"))?.equals(part));
  });

  it("in blocks is proven by the CRC-64 that both clouds keep", async () => {
    await putInParts("blocks.bin", body);
    const entry = await rig.entry("blocks.bin");
    assert.deepEqual([entry.state, entry.how, entry.bytesRead], ["copied", "url", 0]);
    assert.deepEqual(entry.checksum, {
      algorithm: "CRC64NVME",
      value: toS3Base64(crc64(body)),
      basis: "source",
    });
    assert.ok((await rig.blob("blocks.bin"))?.equals(body));
  });

  it("is streamed at once when Azure cannot read it, and the ledger says why", async () => {
    rig.aws.s3.faults.add({
      operation: "GetObject",
      key: "refused.bin",
      effect: { kind: "error", code: "AccessDenied", status: 403 },
    });
    const part = body.subarray(0, 20 * MiB);
    await rig.put("refused.bin", part);
    const entry = await rig.entry("refused.bin");
    assert.deepEqual([entry.state, entry.how, entry.attempts], ["copied", "stream", 1]);
    assert.match(entry.why ?? "", /CannotReadSource/);
    assert.ok((await rig.blob("refused.bin"))?.equals(part));
  });

  it("overwritten while Azure reads it arrives as its newest content, never as a mixture", async () => {
    const fresh = Buffer.from(body.subarray(BLOCK));
    rig.aws.s3.faults.add({
      operation: "GetObject",
      key: "torn.bin",
      effect: { kind: "overwrite", afterBytes: 100_000, body: fresh },
    });
    await putInParts("torn.bin", body);
    const first = await until(() => rig.blob("torn.bin"), "the blob");
    assert.ok(first.equals(fresh) || first.equals(body), "it is torn");
    await rig.entry("torn.bin", (entry) => entry.size === fresh.length);
    assert.ok((await rig.blob("torn.bin"))?.equals(fresh));
  });

  it("whose worker is killed is continued by another, and Azure reads no block again", async () => {
    rig.azure.faults.inject({
      operation: "Put Block List",
      trouble: { kind: "slow", delayMs: 60_000 },
      times: 1,
    });
    await putInParts("killed.bin", body);
    const blob = rig.container.getBlockBlobClient("killed.bin");
    // The blocks, and a note of the CRC of each.
    const blocks = Math.ceil(body.length / BLOCK);
    await until(async () => {
      const listed = await blob.getBlockList("uncommitted").catch(() => undefined);
      return (listed?.uncommittedBlocks ?? []).length === 2 * blocks ? true : undefined;
    }, "all blocks");
    await worker.end("SIGKILL");
    rig.azure.faults.clear();
    const counter = await rig.countingS3();
    worker = await rig.worker({ AWS_ENDPOINT_URL_S3: counter.url });
    await rig.hint({ key: "killed.bin", size: body.length });
    const entry = await rig.entry("killed.bin");
    assert.deepEqual([entry.state, entry.how], ["copied", "url"]);
    assert.equal(entry.checksum?.basis, "source");
    assert.equal(counter.reads.length, 0);
    assert.ok((await rig.blob("killed.bin"))?.equals(body));
  });
});
