import assert from "node:assert/strict";
import { Budget } from "../../../../runtime/copy/budget.ts";
import { settle, type Work } from "../../../../runtime/copy/settle.ts";
import { compileScope } from "../../../../runtime/decide/filter.ts";
import type { CloudError } from "../../../../runtime/errors.ts";
import { FakeSource, FakeTarget, cloudError, never, patterned, sourceObject } from "../fakes.ts";

const MiB = 1024 * 1024;

function work(source: FakeSource, target: FakeTarget, over: Partial<Work> = {}): Work {
  return {
    key: "k",
    source,
    target,
    targetPrefix: "",
    policy: { scope: compileScope(""), deletes: "ignore", writer: "acme/exports" },
    bounds: { ranges: new Budget(4), bytes: new Budget(32 * MiB) },
    signal: never,
    pause: () => Promise.resolve(),
    ...over,
  };
}

const mirror = { scope: compileScope(""), deletes: "mirror", writer: "acme/exports" } as const;

describe("settling a key", () => {
  let source: FakeSource;
  let target: FakeTarget;
  beforeEach(() => {
    source = new FakeSource();
    target = new FakeTarget();
  });

  it("copies an object once, and finds it unchanged from then on", async () => {
    source.put("k", "body");
    const first = await settle(work(source, target));
    assert.equal(first.state, "copied");
    assert.equal(first.checksum?.basis, "source");
    assert.equal(target.blobs.get("k")?.bytes.toString(), "body");
    assert.equal((await settle(work(source, target))).state, "unchanged");
    assert.equal(target.commits, 1);
  });

  it("copies an empty object and a folder marker", async () => {
    source.put("folder/", "");
    const outcome = await settle(work(source, target, { key: "folder/" }));
    assert.equal(outcome.state, "copied");
    assert.equal(outcome.name, "folder%2F");
    assert.equal(target.blobs.get("folder%2F")?.bytes.length, 0);
  });

  it("starts again with the new pin when the source changes while it is read", async () => {
    source.put("k", "old!");
    let overwritten = false;
    source.onRead = () => {
      if (!overwritten) source.put("k", "new content");
      overwritten = true;
    };
    const outcome = await settle(work(source, target));
    assert.equal(outcome.state, "copied");
    assert.equal(outcome.attempts, 2);
    assert.equal(target.blobs.get("k")?.bytes.toString(), "new content");
    assert.equal(target.commits, 1);
  });

  it("never commits a torn object: an overwrite between two blocks restarts it", async () => {
    const [old, fresh] = [patterned(20 * MiB, 1), patterned(20 * MiB, 2)];
    source.put("k", old);
    target.onStage = (index) => {
      if (index === 1 && source.objects.get("k")?.bytes === old) return;
      if (index === 0 && source.objects.get("k")?.bytes.equals(old) === true)
        source.put("k", fresh);
    };
    const bounds = { ranges: new Budget(1), bytes: new Budget(8 * MiB) };
    const outcome = await settle(work(source, target, { bounds }));
    assert.equal(outcome.state, "copied");
    assert.ok(target.blobs.get("k")?.bytes.equals(fresh));
  });

  it("loses a race without overwriting the winner, then decides again", async () => {
    source.put("k", "mine");
    let raced = false;
    target.onCommit = async () => {
      if (raced) return;
      raced = true;
      await settle(work(source, target));
    };
    const outcome = await settle(work(source, target));
    assert.equal(outcome.state, "unchanged");
    assert.equal(target.commits, 1);
  });

  it("never puts an older version over a newer one that another worker committed", async () => {
    source.put("k", "v1", { pin: { version: "1", etag: "e1", text: "1" } });
    let raced = false;
    target.onCommit = async () => {
      if (raced) return;
      raced = true;
      source.put("k", "v2!", { pin: { version: "2", etag: "e2", text: "2" } });
      await settle(work(source, target));
    };
    await settle(work(source, target));
    assert.equal(target.blobs.get("k")?.bytes.toString(), "v2!");
  });

  it("looks at the target before the source, so that an old look cannot meet a new target", async () => {
    source.put("k", "v1");
    const order: string[] = [];
    const look = target.look.bind(target);
    target.look = (name) => {
      order.push("target");
      return look(name);
    };
    source.onLook = () => void order.push("source");
    await settle(work(source, target));
    assert.deepEqual(order, ["target", "source"]);
  });

  it("does not leave behind what was deleted at the source while it was copied", async () => {
    source.put("k", "body");
    target.onCommit = () => void source.objects.delete("k");
    const outcome = await settle(work(source, target, { policy: mirror }));
    assert.equal(outcome.state, "deleted");
    assert.equal(target.blobs.size, 0);
  });

  it("mirrors a deletion only where it is asked to", async () => {
    source.put("k", "body");
    await settle(work(source, target));
    source.objects.delete("k");
    const kept = await settle(work(source, target));
    assert.deepEqual([kept.state, kept.reason], ["skipped", "deletes are ignored"]);
    assert.equal((await settle(work(source, target, { policy: mirror }))).state, "deleted");
    assert.equal((await settle(work(source, target, { policy: mirror }))).state, "skipped");
  });

  it("continues what another worker staged and reads nothing that arrived", async () => {
    const body = patterned(40 * MiB, 3);
    source.put("k", body);
    let staged = 0;
    target.onStage = () => {
      staged += 1;
      if (staged > 3) throw cloudError("azure", "blob:PutBlock", "AuthorizationFailure", 403);
    };
    const one = { ranges: new Budget(1), bytes: new Budget(8 * MiB) };
    await assert.rejects(settle(work(source, target, { bounds: one })));
    target.onStage = undefined;
    source.reads.length = 0;
    const outcome = await settle(work(source, target));
    assert.equal(outcome.state, "copied");
    assert.deepEqual(
      source.reads.map(({ start }) => start / (8 * MiB)),
      [3, 4],
    );
    assert.ok(target.blobs.get("k")?.bytes.equals(body));
    assert.equal(outcome.checksum?.basis, "source");
  });

  it("ignores what was staged for an older pin", async () => {
    const [old, fresh] = [patterned(20 * MiB, 4), patterned(20 * MiB, 5)];
    source.put("k", old);
    target.onCommit = () => {
      throw cloudError("azure", "blob:PutBlockList", "AuthorizationFailure", 403);
    };
    await assert.rejects(settle(work(source, target)));
    target.onCommit = undefined;
    source.put("k", fresh);
    await settle(work(source, target));
    assert.ok(target.blobs.get("k")?.bytes.equals(fresh));
  });

  it("keeps to its bounds: never more ranges at once than there are permits", async () => {
    source.put("k", patterned(64 * MiB, 6));
    target.onStage = () => new Promise((resolve) => setTimeout(resolve, 2));
    const bounds = { ranges: new Budget(8), bytes: new Budget(24 * MiB) };
    await settle(work(source, target, { bounds }));
    assert.equal(target.mostStagedAtOnce, 3);
    assert.equal(bounds.ranges.free, 8);
    assert.equal(bounds.bytes.free, 24 * MiB);
  });

  it("gives every permit back when a copy fails half-way", async () => {
    source.put("k", patterned(64 * MiB, 7));
    target.onStage = (index) => {
      if (index === 3) throw cloudError("azure", "blob:PutBlock", "AuthorizationFailure", 403);
    };
    const bounds = { ranges: new Budget(8), bytes: new Budget(24 * MiB) };
    await assert.rejects(settle(work(source, target, { bounds })), /AuthorizationFailure/);
    assert.equal(bounds.ranges.free, 8);
    assert.equal(bounds.bytes.free, 24 * MiB);
  });

  it("compares with the MD5 of the ETag where the source keeps no CRC-64, blocks in any order", async () => {
    const body = patterned(30 * MiB, 8);
    const md5Only = { ...sourceObject("k", body) };
    delete (md5Only as { crc64?: bigint }).crc64;
    source.objects.set("k", { object: md5Only, bytes: body });
    source.onRead = ({ start }) =>
      new Promise((resolve) => setTimeout(resolve, start === 0 ? 20 : 0));
    const outcome = await settle(work(source, target));
    assert.equal(outcome.checksum?.algorithm, "MD5");
    assert.equal(outcome.checksum.value, md5Only.md5?.toString("base64"));
  });

  it("says that the checksum was only computed where the source keeps none", async () => {
    const object = sourceObject("k", "body", { pin: { etag: "abc-2", text: "abc-2" } });
    delete (object as { crc64?: bigint }).crc64;
    delete (object as { md5?: Buffer }).md5;
    source.objects.set("k", { object, bytes: Buffer.from("body") });
    assert.equal((await settle(work(source, target))).checksum?.basis, "computed");
  });

  it("never commits bytes that do not have the source's checksum", async () => {
    source.put("k", "body", { crc64: 1n });
    await assert.rejects(settle(work(source, target)), (error: CloudError) => {
      assert.equal(error.code, "ChecksumMismatch");
      return true;
    });
    assert.equal(target.commits, 0);
  });

  it("gives up on a source that changes every time it is read, and leaves the target whole", async () => {
    source.put("k", "0");
    let count = 0;
    source.onRead = () => {
      count += 1;
      source.put("k", `change ${count}`);
    };
    await assert.rejects(settle(work(source, target)), /PreconditionFailed/);
    assert.equal(target.commits, 0);
  });

  it("refuses a name that no blob can have, without asking any cloud", async () => {
    const outcome = await settle(work(source, target, { key: "x".repeat(1025) }));
    assert.deepEqual([outcome.state, outcome.class], ["failed", "InvalidName"]);
  });
});
