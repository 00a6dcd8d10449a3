import assert from "node:assert/strict";
import { settle } from "../../../../runtime/copy/settle.ts";
import { compileScope } from "../../../../runtime/decide/filter.ts";
import type { CloudError } from "../../../../runtime/errors.ts";
import type { ListedTarget } from "../../../../runtime/stores/contract.ts";
import {
  FakeSource,
  FakeTarget,
  cloudError,
  listed,
  sourceObject,
  without,
  type Call,
} from "../fakes.ts";
import { ignore, mirror, work } from "./work.ts";

async function firstPage(target: FakeTarget): Promise<readonly ListedTarget[]> {
  for await (const page of target.list({ prefix: "" })) return page;
  return [];
}

describe("settling a key", () => {
  let source: FakeSource;
  let target: FakeTarget;
  beforeEach(() => {
    source = new FakeSource();
    target = new FakeTarget();
  });
  const text = (name = "k"): string | undefined => target.objects.get(name)?.bytes.toString();

  it("copies an object once, and finds it unchanged from then on", async () => {
    source.put("k", "body");
    const first = await settle(work(source, target));
    assert.equal(first.state, "copied");
    assert.deepEqual([first.how, first.bytesRead], ["stream", 4]);
    assert.equal(first.checksum?.basis, "source");
    assert.equal(text(), "body");
    assert.equal((await settle(work(source, target))).state, "unchanged");
    assert.equal(target.commits, 1);
  });

  it("copies an empty object and a folder marker", async () => {
    source.put("folder/", "");
    const outcome = await settle(work(source, target, { candidate: { key: "folder/", size: 0 } }));
    assert.equal(outcome.state, "copied");
    assert.equal(outcome.name, "folder%2F");
    assert.equal(target.objects.get("folder%2F")?.bytes.length, 0);
  });

  it("needs two requests for a small object that listings have shown, three for a hint", async () => {
    const object = source.put("k", "body");
    const candidate = { key: "k", source: listed(object), target: { state: "absent" } as const };
    await settle(work(source, target, { candidate }));
    const ops = (calls: readonly Call[]): string[] => calls.map(({ op }) => op);
    assert.deepEqual([ops(source.wire.calls), ops(target.wire.calls)], [["fetch"], ["put"]]);
    source.put("k", "anew");
    source.wire.calls.length = target.wire.calls.length = 0;
    await settle(work(source, target, { candidate: { key: "k", size: 4 } }));
    assert.deepEqual(
      [ops(source.wire.calls), ops(target.wire.calls)],
      [["fetch"], ["look", "put"]],
    );
  });

  it("copies the object as it is now, whatever a listing or a hint has said of it", async () => {
    const old = source.put("k", "x");
    source.put("k", "y".repeat(40_000));
    const candidate = { key: "k", source: listed(old), target: { state: "absent" } as const };
    const outcome = await settle(work(source, target, { candidate }));
    assert.deepEqual([outcome.state, outcome.size], ["copied", 40_000]);
  });

  it("looks at an S3 target that a listing has shown without its marks", async () => {
    const s3 = new FakeTarget({ kind: "s3" });
    source.put("k", "body");
    await settle(work(source, s3));
    const [shown] = await firstPage(s3);
    assert.equal(shown?.marks, undefined);
    const { object } = source.objects.get("k")!;
    const candidate = {
      key: "k",
      source: listed(object),
      target: { ...shown!, state: "present" } as const,
    };
    assert.equal((await settle(work(source, s3, { candidate }))).state, "unchanged");
  });

  it("starts again at once with the new pin when the source changes while it is read", async () => {
    source.put("k", "old!");
    let overwritten = false;
    source.wire.before = ({ op }) => {
      if (op === "read" && !overwritten) source.put("k", "new content");
      overwritten ||= op === "read";
    };
    const pause = (): Promise<void> => Promise.reject(new Error("it waited"));
    const outcome = await settle(work(source, target, { pause }));
    assert.deepEqual([outcome.state, outcome.attempts], ["copied", 2]);
    assert.equal(text(), "new content");
    assert.equal(target.commits, 1);
  });

  it("loses a race without overwriting the winner, which wrote what it would have written", async () => {
    source.put("k", "mine");
    let raced = false;
    target.wire.before = async ({ op }) => {
      if (op !== "put" || raced) return;
      raced = true;
      await settle(work(source, target));
    };
    const outcome = await settle(work(source, target));
    assert.equal(outcome.state, "copied");
    assert.equal(target.commits, 1);
  });

  it("counts a commit whose answer got lost as a copy, with its proof", async () => {
    source.put("k", "body");
    target.wire.before = ({ op }) => {
      if (op === "put") {
        target.wire.after = () => {
          target.wire.after = undefined;
          throw cloudError("azure", "blob:PutBlob", "BlobAlreadyExists", 409);
        };
      }
    };
    const outcome = await settle(work(source, target));
    assert.deepEqual([outcome.state, outcome.checksum?.basis], ["copied", "source"]);
    assert.equal(target.commits, 1);
  });

  it("never puts an older version over a newer one that another worker committed", async () => {
    source = new FakeSource("versioned");
    source.put("k", "v1");
    let raced = false;
    target.wire.before = async ({ op }) => {
      if (op !== "put" || raced) return;
      raced = true;
      source.put("k", "v2!");
      await settle(work(source, target));
    };
    await settle(work(source, target));
    assert.equal(text(), "v2!");
  });

  it("looks at the target before the source, so that an old look cannot meet a new target", async () => {
    source.put("k", "v1");
    const order: string[] = [];
    target.wire.before = () => void order.push("target");
    source.wire.before = () => void order.push("source");
    await settle(work(source, target));
    assert.deepEqual(order.slice(0, 2), ["target", "source"]);
  });

  it("does not leave behind what was deleted at the source while it was copied", async () => {
    source.put("k", "body");
    target.wire.before = ({ op }) => {
      if (op === "put") source.delete("k");
    };
    const outcome = await settle(work(source, target, { policy: mirror }));
    assert.equal(outcome.state, "deleted");
    assert.equal(target.objects.size, 0);
  });

  it("does not ask again after a copy where deletions are found by scans only", async () => {
    source.put("k", "body");
    const policy = { ...mirror, deletions: "scans" } as const;
    await settle(work(source, target, { policy }));
    assert.equal(source.wire.count("look"), 1);
  });

  it("mirrors a deletion only where it is asked to", async () => {
    source.put("k", "body");
    await settle(work(source, target));
    source.delete("k");
    const kept = await settle(work(source, target));
    assert.deepEqual([kept.state, kept.reason], ["skipped", "deletes are ignored"]);
    const deleted = await settle(work(source, target, { policy: mirror }));
    assert.deepEqual([deleted.state, deleted.reason], ["deleted", "absent at the source"]);
    assert.equal((await settle(work(source, target, { policy: mirror }))).state, "skipped");
  });

  it("does not delete what came back at the source after a listing lacked it", async () => {
    source.put("k", "body");
    await settle(work(source, target));
    const seen = await target.look("k");
    const candidate = { key: "k", target: seen };
    assert.equal(
      (await settle(work(source, target, { candidate, policy: mirror }))).state,
      "unchanged",
    );
  });

  it("says that the checksum was only computed where the source keeps none", async () => {
    source.shows = (object) => without(object, "crc64", "md5");
    source.put("k", "body");
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

  it("compares with the CRC-32 that the JavaScript SDK uploads with", async () => {
    source.shows = (object) => without(object, "crc64", "md5");
    source.put("k", "body", { crc32: 0xddf4e1d4 });
    const wrong = settle(work(source, target));
    await assert.rejects(wrong, /ChecksumMismatch.*CRC32/);
    source.put("k", "123456789", { crc32: 0xcbf43926 });
    const outcome = await settle(work(source, target));
    assert.deepEqual(outcome.checksum, { algorithm: "CRC32", value: "y/Q5Jg==", basis: "source" });
  });

  it("reads once more when the ETag is no MD5 of the bytes, then remembers that of the source", async () => {
    source.shows = (object) => without(object, "crc64");
    source.put("k", "body", { md5: Buffer.alloc(16, 7) });
    const shared = work(source, target);
    const outcome = await settle(shared);
    assert.deepEqual([outcome.state, outcome.attempts], ["copied", 2]);
    assert.equal(outcome.checksum?.basis, "computed");
    source.put("other", "more", { md5: Buffer.alloc(16, 8) });
    const other = await settle({ ...shared, candidate: { key: "other" } });
    assert.equal(other.attempts, 1);
  });

  it("gives up on a source that changes every time it is read, and leaves the target whole", async () => {
    source.put("k", "0");
    let count = 0;
    source.wire.before = ({ op }) => {
      count += 1;
      if (op === "read") source.put("k", `change ${count}`);
    };
    await assert.rejects(settle(work(source, target)), /PreconditionFailed/);
    assert.equal(target.commits, 0);
  });

  it("refuses a name that no blob can have, without asking any cloud", async () => {
    const candidate = { key: "x".repeat(1025) };
    const outcome = await settle(work(source, target, { candidate }));
    assert.deepEqual([outcome.state, outcome.class], ["failed", "InvalidName"]);
    assert.equal(target.wire.calls.length, 0);
  });

  it("does not read what the filter's size leaves out, also when a hint says so only now", async () => {
    source.put("k", "body");
    const policy = { ...ignore, scope: compileScope("", { include: [], exclude: [], maxSize: 3 }) };
    const outcome = await settle(
      work(source, target, { policy, candidate: { key: "k", size: 4 } }),
    );
    assert.equal(outcome.state, "skipped");
    assert.equal(source.wire.count("fetch"), 0);
  });

  it("copies tags where it is asked to, and asks for them only where there are any", async () => {
    source.put("k", "body", { tagCount: 1 });
    source.put("none", "body", { tagCount: 0 });
    source.tagsOf.set("k", { "cost@centre": "7" });
    const policy = { ...ignore, tags: "copy" } as const;
    await settle(work(source, target, { policy }));
    await settle(work(source, target, { policy, candidate: { key: "none" } }));
    assert.deepEqual(target.objects.get("k")?.properties.tags, { cost_x0040_centre: "7" });
    assert.equal(source.wire.count("tags"), 1);
  });

  describe("that is archived", () => {
    const restore = { ...ignore, archived: { do: "restore", days: 3, tier: "bulk" } } as const;

    it("holds it with the reason, also when a small one was to be read at once", async () => {
      source.put("k", "body", { archived: "GLACIER" });
      const outcome = await settle(work(source, target, { candidate: { key: "k", size: 4 } }));
      assert.deepEqual([outcome.state, outcome.class], ["held", "Archived"]);
      assert.match(outcome.reason ?? "", /archived in GLACIER/);
    });

    it("asks for its restore where the policy says so, holds it, and copies it when it is there", async () => {
      source.put("k", "body", { archived: "DEEP_ARCHIVE" });
      const first = await settle(work(source, target, { policy: restore }));
      assert.deepEqual([first.state, first.class], ["held", "Restoring"]);
      assert.deepEqual(source.asked.restored, ["k"]);
      source.put("k", "body", { archived: "DEEP_ARCHIVE", restoring: true });
      assert.equal((await settle(work(source, target, { policy: restore }))).class, "Restoring");
      assert.equal(source.asked.restored.length, 1);
      source.objects.set("k", { object: sourceObject("k", "body"), bytes: Buffer.from("body") });
      assert.equal((await settle(work(source, target, { policy: restore }))).state, "copied");
    });
  });
});
