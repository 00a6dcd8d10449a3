import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { crc64 } from "../../../../runtime/checksum/crc64.ts";
import type { AzureTarget } from "../../../../runtime/stores/azure/target.ts";
import { absent, AzureWorld, never, properties, refusal, stagingOf } from "./azure-world.ts";
import { ObjectServer } from "./object-server.ts";

describe("Azure, reading by URL", () => {
  let world: AzureWorld;
  let source: ObjectServer;
  let target: AzureTarget;
  before(async () => {
    world = await AzureWorld.start();
    source = await ObjectServer.start();
    target = await world.target();
  });
  afterEach(() => {
    source.trouble.length = 0;
  });
  after(async () => {
    await source.close();
    await world.close();
  });

  describe("a copy by URL", () => {
    const content = randomBytes(300_000);
    const md5 = createHash("md5").update(content).digest();

    it("in one request proves the MD5, or answers with the CRC", async () => {
      const from = source.put("whole", content);
      const proven = await target.putFrom(
        "whole",
        from,
        content.length,
        { md5 },
        properties,
        absent,
        never,
      );
      assert.equal(proven.proven, true);
      const side = await target.look("whole", never);
      assert.ok(side.state === "present" && side.etag === proven.etag && side.marks?.pin === "v1");
      assert.deepEqual(side.md5, md5);
      const told = await target.putFrom(
        "told",
        from,
        content.length,
        {},
        properties,
        absent,
        never,
      );
      assert.deepEqual([told.proven, told.crc], [false, crc64(content)]);
      assert.ok((await world.contentOf("told")).equals(content));
      assert.equal(source.asked.at(-1)?.["if-match"], `"${from.pin.etag}"`);
    });

    it("refuses other bytes than the MD5 says", async () => {
      const from = source.put("lying", content);
      const proof = { md5: createHash("md5").update("other").digest() };
      const put = target.putFrom("lying", from, content.length, proof, properties, absent, never);
      assert.deepEqual(await refusal(put), ["Md5Mismatch", "re-decide"]);
      assert.deepEqual(await target.look("lying", never), absent);
    });

    it("is decided again when the source has changed, or gone", async () => {
      const from = source.put("moving", content);
      const { upload } = await target.staged(stagingOf("moving", content, 100_000), never);
      const stage = () => upload.stageFrom(0, from, { start: 0, end: 100_000 }, never);
      const put = () =>
        target.putFrom("moving", from, content.length, {}, properties, absent, never);
      source.put("moving", randomBytes(1000));
      assert.deepEqual(await refusal(stage()), ["SourceConditionNotMet", "re-decide"]);
      assert.deepEqual(await refusal(put()), ["SourceConditionNotMet", "re-decide"]);
      source.delete("moving");
      assert.deepEqual(await refusal(stage()), ["SourceNotFound", "re-decide"]);
      assert.deepEqual(await refusal(put()), ["SourceNotFound", "re-decide"]);
    });

    it("waits for a source that is busy", async () => {
      const from = source.put("busy", content);
      source.trouble.push(503);
      await target.putFrom("busy", from, content.length, {}, properties, absent, never);
      assert.ok((await world.contentOf("busy")).equals(content));
    });

    it("is left to us when the source does not let Azure in, or is out of its reach twice", async () => {
      const from = source.put("closed", content);
      for (const trouble of [[403], [401], [302], [400], [0, 0]]) {
        source.trouble.push(...trouble);
        const put = target.putFrom("closed", from, content.length, {}, properties, absent, never);
        assert.deepEqual(await refusal(put), ["CannotReadSource", "by-stream"], String(trouble));
        assert.equal(source.trouble.length, 0);
      }
      source.trouble.push(0);
      await target.putFrom("closed", from, content.length, {}, properties, absent, never);
    });

    it("is left to us when the URL is longer than Azure takes, without asking it", async () => {
      const from = source.put("long", content);
      const url = `http://127.0.0.1:9/${"x".repeat(2048)}`;
      const long = { ...from, url: () => Promise.resolve(url) };
      const put = target.putFrom("long", long, content.length, {}, properties, absent, never);
      assert.deepEqual(await refusal(put), ["CannotReadSource", "by-stream"]);
    });

    it("keeps the target's own refusals apart from the source's", async () => {
      const from = source.put("denied", content);
      const reader = await world.target("rl");
      const put = reader.putFrom("denied", from, content.length, {}, properties, absent, never);
      assert.deepEqual(await refusal(put), ["AuthorizationPermissionMismatch", "fail"]);
    });
  });
});
