import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { combineAllCrc64 } from "../../../../runtime/checksum/combine.ts";
import { crc64 } from "../../../../runtime/checksum/crc64.ts";
import { KeySas } from "../../../../runtime/stores/azure/key-sas.ts";
import type { AzureTarget } from "../../../../runtime/stores/azure/target.ts";
import type { KeyRange, ListedTarget } from "../../../../runtime/stores/contract.ts";
import { group } from "../../local/azure/fixture.ts";
import {
  absent,
  AzureWorld,
  blockOf,
  never,
  properties,
  refusal,
  stagingOf,
} from "./azure-world.ts";
import { ObjectServer } from "./object-server.ts";

describe("Azure as a target", () => {
  let world: AzureWorld;
  let source: ObjectServer;
  let target: AzureTarget;
  before(async () => {
    world = await AzureWorld.start();
    source = await ObjectServer.start();
    target = await world.target();
  });
  afterEach(() => {
    world.azure.faults.clear();
  });
  after(async () => {
    await source.close();
    await world.close();
  });

  describe("by the account's key", () => {
    it("makes SASs of its own that may do all that a copy does, tags too", async () => {
      const { keys } = await world.azure.arm.listKeys(group, "landing");
      const key = keys[0]?.value ?? "";
      const sas = new KeySas({
        account: "landing",
        key,
        container: "data",
        protocol: "https,http",
      });
      const own = world.targetBy(sas);
      const tags = { project: "a b", "x/y": "1" };
      const { etag } = await own.put(
        "keyed",
        blockOf("abc"),
        { ...properties, tags },
        absent,
        never,
      );
      assert.deepEqual((await world.sdk.getBlobClient("keyed").getTags()).tags, tags);
      await own.remove("keyed", { state: "etag", etag }, never);
      assert.deepEqual(await own.look("keyed", never), absent);
    });

    it("is refused when the key is another's", async () => {
      const sas = new KeySas({
        account: "landing",
        key: randomBytes(64).toString("base64"),
        container: "data",
        protocol: "https",
      });
      const own = world.targetBy(sas);
      assert.equal((await refusal(own.look("x", never)))[0], "AuthenticationFailed");
    });
  });

  describe("a put", () => {
    it("writes content, properties, tier and marks, and a look shows them", async () => {
      const bytes = randomBytes(10_000);
      const { etag } = await target.put(
        "put",
        blockOf(bytes),
        { ...properties, tier: "Cool", cacheControl: "no-store" },
        absent,
        never,
      );
      const side = await target.look("put", never);
      assert.ok(side.state === "present");
      assert.equal(side.etag, etag);
      assert.equal(side.size, 10_000);
      assert.equal(side.marks?.pin, "v1");
      assert.deepEqual(side.md5, createHash("md5").update(bytes).digest());
      const shown = await world.sdk.getBlobClient("put").getProperties();
      assert.deepEqual(
        [shown.accessTier, shown.cacheControl, shown.contentType],
        ["Cool", "no-store", "text/csv"],
      );
      assert.ok((await world.contentOf("put")).equals(bytes));
    });

    it("fails with tags that the SAS may not write, rather than lose them in silence", async () => {
      const tagged = { ...properties, tags: { a: "b" } };
      const put = target.put("tagless", blockOf("abc"), tagged, absent, never);
      assert.deepEqual(await refusal(put), ["AuthorizationPermissionMismatch", "fail"]);
    });

    it("is lost against whoever was first, and never over what was not seen", async () => {
      const bytes = blockOf("abc");
      await target.put("raced", bytes, properties, absent, never);
      assert.deepEqual(await refusal(target.put("raced", bytes, properties, absent, never)), [
        "BlobAlreadyExists",
        "re-decide",
      ]);
      const stale = { state: "etag", etag: '"0x0"' } as const;
      assert.deepEqual(await refusal(target.put("raced", bytes, properties, stale, never)), [
        "ConditionNotMet",
        "re-decide",
      ]);
    });

    it("never commits other bytes than its CRC says", async () => {
      const wrong = { bytes: Buffer.from("abc"), crc: 1n };
      world.azure.faults.inject({ operation: "Put Blob", trouble: { kind: "busy" } });
      assert.deepEqual(await refusal(target.put("wrong", wrong, properties, absent, never)), [
        "Crc64Mismatch",
        "retry",
      ]);
      assert.deepEqual(await target.look("wrong", never), absent);
    });
  });

  describe("a listing", () => {
    const names = ["l/a", "l/b&<c>", "l/é", "l/b/1", "l/b/2", "l/c 3+%", "l/😀"];
    const listed = async (range: KeyRange): Promise<ListedTarget[]> => {
      const all: ListedTarget[] = [];
      for await (const page of target.list(range, never)) all.push(...page);
      return all;
    };
    before(async () => {
      for (const name of names) await target.put(name, blockOf(name), properties, absent, never);
      await world.sdk.getBlockBlobClient("l/uncommitted").stageBlock("MDAw", "x", 1);
    });

    it("shows what a look shows, in the names' order, and nothing that is not committed", async () => {
      const all = await listed({ prefix: "l/" });
      const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(
        all.map(({ name }) => name),
        sorted,
      );
      for (const { name, ...rest } of all) {
        const side = await target.look(name, never);
        assert.ok(side.state === "present");
        assert.deepEqual({ state: "present", ...rest, md5: side.md5 }, side);
      }
    });

    it("keeps to its range", async () => {
      const shown = await listed({ prefix: "l/", after: "l/b&<c>", upTo: "l/c 3+%" });
      assert.deepEqual(
        shown.map(({ name }) => name),
        ["l/b/1", "l/b/2", "l/c 3+%"],
      );
      assert.deepEqual(await listed({ prefix: "l/", after: "l/😀" }), []);
    });
  });

  describe("a staged write", () => {
    it("is continued by any worker with what is there, through us or by URL", async () => {
      const content = randomBytes(2_500_000);
      const staging = stagingOf("resumed", content, 1_000_000);
      const from = source.put("resumed", content);
      const first = await target.staged(staging, never);
      assert.deepEqual(first.blocks, []);
      await first.upload.stage(0, blockOf(content.subarray(0, 1_000_000)), never);
      await first.upload.stageFrom(1, from, { start: 1_000_000, end: 2_000_000 }, never);
      const second = await target.staged(staging, never);
      const expected = [0, 1].map((index) => ({
        index,
        length: 1_000_000,
        crc: crc64(content.subarray(index * 1_000_000, (index + 1) * 1_000_000)),
      }));
      assert.deepEqual(second.blocks, expected);
      const last = await second.upload.stageFrom(
        2,
        from,
        { start: 2_000_000, end: 2_500_000 },
        never,
      );
      const all = [...second.blocks, last];
      const whole = combineAllCrc64(all.map(({ crc = 0n, length }) => ({ crc, length })));
      assert.equal(whole, crc64(content));
      const { etag } = await second.upload.commit(all, properties, absent, whole, never);
      const side = await target.look("resumed", never);
      assert.ok(side.state === "present" && side.etag === etag);
      assert.ok((await world.contentOf("resumed")).equals(content));
      assert.equal(await world.uncommitted("resumed"), 0);
    });

    it("of another pin is not continued, but cleaned by the commit", async () => {
      const old = randomBytes(2000);
      const content = randomBytes(2000);
      await (
        await target.staged(stagingOf("newer", old, 1000), never)
      ).upload.stage(0, blockOf(old.subarray(0, 1000)), never);
      const { blocks, upload } = await target.staged(stagingOf("newer", content, 1000), never);
      assert.deepEqual(blocks, []);
      const staged = [
        await upload.stage(1, blockOf(content.subarray(1000)), never),
        await upload.stage(0, blockOf(content.subarray(0, 1000)), never),
      ];
      await upload.commit(staged, properties, absent, undefined, never);
      assert.ok((await world.contentOf("newer")).equals(content));
    });

    it("goes beside another tool's blocks, whether their ids are longer than ours or shorter", async () => {
      for (const bytes of [48, 8]) {
        const name = `beside-${bytes}`;
        const content = randomBytes(2000);
        await world.leave(name, bytes);
        const { upload } = await target.staged(stagingOf(name, content, 1000), never);
        const staged = [
          await upload.stage(0, blockOf(content.subarray(0, 1000)), never),
          await upload.stageFrom(1, source.put(name, content), { start: 1000, end: 2000 }, never),
        ];
        await upload.commit(staged, properties, absent, undefined, never);
        assert.ok((await world.contentOf(name)).equals(content));
      }
    });

    it("is held where another tool's ids leave no room", async () => {
      await world.leave("short", 2);
      const staged = target.staged(stagingOf("short", randomBytes(10), 10), never);
      assert.deepEqual(await refusal(staged), ["ForeignBlocks", "hold"]);
    });

    it("takes ids of the length that another tool's came in between with, at the next look", async () => {
      const content = randomBytes(10);
      const { upload } = await target.staged(stagingOf("between", content, 10), never);
      await world.leave("between", 36);
      assert.deepEqual(await refusal(upload.stage(0, blockOf(content), never)), [
        "InvalidBlobOrBlock",
        "re-decide",
      ]);
      const again = await target.staged(stagingOf("between", content, 10), never);
      await again.upload.stage(0, blockOf(content), never);
    });

    it("is not committed over what was not seen", async () => {
      const content = randomBytes(10);
      const { upload } = await target.staged(stagingOf("late", content, 10), never);
      const staged = await upload.stage(0, blockOf(content), never);
      // Whose put discards what was staged.
      await target.put("late", blockOf("other"), properties, absent, never);
      assert.equal(await world.uncommitted("late"), 0);
      assert.equal(
        (await refusal(upload.commit([staged], properties, absent, undefined, never)))[1],
        "re-decide",
      );
    });
  });

  describe("a removal", () => {
    it("is conditional, and content with what is gone", async () => {
      const { etag } = await target.put("gone", blockOf("abc"), properties, absent, never);
      const stale = { state: "etag", etag: '"0x0"' } as const;
      assert.equal((await refusal(target.remove("gone", stale, never)))[1], "re-decide");
      await target.remove("gone", { state: "etag", etag }, never);
      await target.remove("gone", { state: "etag", etag }, never);
      assert.deepEqual(await target.look("gone", never), absent);
    });
  });

  it("says that its container is gone rather than that a blob is", async () => {
    const nowhere = await world.target("racwdl", "nowhere");
    const staging = stagingOf("x", Buffer.from("x"), 1);
    assert.equal((await refusal(nowhere.look("x", never)))[0], "ContainerNotFound");
    assert.equal((await refusal(nowhere.staged(staging, never)))[0], "ContainerNotFound");
  });
});
