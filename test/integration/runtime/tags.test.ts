import assert from "node:assert/strict";
import { Rig } from "./rig.ts";

describe("a worker that copies tags", function () {
  this.timeout(60_000);
  let rig: Rig;
  before(async () => {
    rig = await Rig.start();
    await rig.worker({}, { tags: "copy" });
  });
  after(() => rig.close());

  it("says which permission its SAS lacks, and brings them once it has it", async () => {
    await rig.put("plain", "no tags: nothing more is needed");
    assert.equal((await rig.entry("plain")).state, "copied");
    await rig.put("tagged", "body", { Tagging: "team=billing&cost%20centre=7" });
    const refused = await rig.entry("tagged");
    assert.equal(refused.state, "failed");
    assert.equal(refused.class, "AuthorizationPermissionMismatch");
    // As an update of the pipeline does: another SAS, and workers that begin with it.
    await rig.keepSas(await rig.newSas({ permissions: "racwdlt" }));
    await rig.rest();
    await rig.worker({}, { tags: "copy" });
    await rig.put("tagged", "body", { Tagging: "team=billing&cost%20centre=8" });
    assert.equal((await rig.entry("tagged", ({ state }) => state !== "failed")).state, "copied");
    const { tags } = await rig.container.getBlobClient("tagged").getTags();
    assert.deepEqual(tags, { team: "billing", "cost centre": "8" });
  });
});
