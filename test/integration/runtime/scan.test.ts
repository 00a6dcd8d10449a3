import assert from "node:assert/strict";
import { Rig } from "./rig.ts";
import { until } from "./worker-process.ts";

describe("a scan that the schedule asks for", function () {
  this.timeout(60_000);
  let rig: Rig;
  before(async () => {
    rig = await Rig.start({ deletes: { mode: "mirror" } });
  });
  after(() => rig.close());

  it("repairs what hints have missed, by workers that share it, and touches nothing else", async () => {
    await Promise.all([rig.worker(), rig.worker()]);
    const keys = Array.from({ length: 20 }, (_, at) => `scan/${at}`);
    await Promise.all(keys.map((key) => rig.put(key, `body of ${key}`)));
    for (const key of keys) await rig.entry(key);
    await rig.drained();
    const untouched = await rig.container.getBlobClient("scan/9").getProperties();
    await rig.container.deleteBlob("scan/3");
    await rig.container.deleteBlob("scan/17");
    await rig.hint({ causeway: "scan", id: "scan-1", at: new Date().toISOString() });
    await until(
      async () => ((await rig.blob("scan/3")) && (await rig.blob("scan/17"))) ?? undefined,
      "the blobs that were missing",
    );
    assert.equal((await rig.blob("scan/17"))?.toString(), "body of scan/17");
    const entry = await rig.entry("scan/3", ({ run }) => run !== null);
    assert.deepEqual([entry.state, entry.run], ["copied", "scan-1"]);
    const unchanged = await rig.entry("scan/9", ({ run }) => run === "scan-1");
    assert.equal(unchanged.state, "unchanged");
    const now = await rig.container.getBlobClient("scan/9").getProperties();
    assert.equal(now.etag, untouched.etag);
  });
});
