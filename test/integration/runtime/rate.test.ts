import assert from "node:assert/strict";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { Rig } from "./rig.ts";

const MiB = 1024 * 1024;

describe("a worker with a rate", function () {
  this.timeout(60_000);
  let rig: Rig;
  before(async () => {
    rig = await Rig.start();
  });
  after(() => rig.close());

  const signs = async () => {
    const Prefix = `${rig.job.ledger.prefix}pace/`;
    const listed = await rig.s3.send(new ListObjectsV2Command({ Bucket: "ledger", Prefix }));
    return listed.Contents?.length ?? 0;
  };

  it("takes no more than its share, shows others that it lives, and takes its sign away", async () => {
    const worker = await rig.worker({}, { by: "stream", limits: { bytesPerSecond: 2 * MiB } });
    await rig.put("large.bin", Buffer.alloc(6 * MiB, 1));
    const { state, seconds } = await rig.entry("large.bin");
    assert.equal(state, "copied");
    // 6 MiB at 2 MiB/s; it may have gathered a tenth of a second's worth.
    assert.ok((seconds ?? 0) >= 2.5, `${seconds ?? 0} s`);
    assert.equal(await signs(), 1);
    await worker.end("SIGTERM");
    assert.equal(await signs(), 0);
    assert.doesNotMatch(worker.output, /"problem"/);
  });
});
