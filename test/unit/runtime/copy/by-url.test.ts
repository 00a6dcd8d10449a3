import assert from "node:assert/strict";
import { settle } from "../../../../runtime/copy/settle.ts";
import type { Work } from "../../../../runtime/copy/work.ts";
import type { CloudError } from "../../../../runtime/errors.ts";
import { FakeSource, FakeTarget, cloudError, means, without } from "../fakes.ts";
import { work } from "./work.ts";

/** Twelve blocks by URL, and a rest. */
const body = Buffer.from("the quick brown fox jumps over the lazy dog, twice".repeat(4));

describe("copying by URL", () => {
  let source: FakeSource;
  let target: FakeTarget;
  beforeEach(() => {
    source = new FakeSource();
    target = new FakeTarget({ putLimit: 8, putFromLimit: 100, blockSize: 8 });
  });
  const byUrl = (over: Partial<Work> = {}): Work =>
    work(source, target, { means: means({ by: "url" }), ...over });
  const arrived = (): boolean => {
    const wanted = source.objects.get("k")?.bytes;
    return wanted !== undefined && target.objects.get("k")?.bytes.equals(wanted) === true;
  };
  const cannotRead = (): CloudError =>
    cloudError("azure", "blob:PutBlock", "CannotReadSource", 403);

  it("takes one look and one request where an MD5 proves the copy, and no byte comes through us", async () => {
    const object = source.put("k", body.subarray(0, 50));
    const outcome = await settle(byUrl());
    assert.ok(arrived());
    assert.deepEqual([outcome.how, outcome.bytesRead, outcome.why], ["url", 0, null]);
    assert.equal(outcome.checksum?.basis, "source");
    assert.equal(source.wire.calls.length, 1);
    assert.deepEqual(
      target.wire.calls.map(({ op }) => op),
      ["look", "putFrom"],
    );
    assert.equal(object.size, 50);
  });

  it("stages a small object first where only a CRC-64 can prove it", async () => {
    source.shows = (object) => without(object, "md5");
    source.put("k", "small");
    const outcome = await settle(byUrl());
    assert.ok(arrived());
    assert.equal(target.wire.count("commit"), 1);
    assert.deepEqual(
      [outcome.checksum?.algorithm, outcome.checksum?.basis],
      ["CRC64NVME", "source"],
    );
  });

  it("combines the blocks' CRCs, compares with the source's and commits", async () => {
    source.put("k", body);
    const outcome = await settle(byUrl());
    assert.ok(arrived());
    assert.equal(target.wire.count("stageFrom"), Math.ceil(body.length / 16));
    assert.deepEqual([outcome.how, outcome.checksum?.basis], ["url", "source"]);
  });

  it("says that only the target has computed the checksum where the source keeps none", async () => {
    source.shows = (object) => without(object, "crc64", "md5");
    source.put("k", body);
    assert.equal((await settle(byUrl())).checksum?.basis, "target");
  });

  it("continues what another worker staged by URL, but for a block whose CRC nobody noted", async () => {
    source.put("k", body);
    let notes = 0;
    target.wire.before = ({ op }) => {
      notes += op === "note" ? 1 : 0;
      if (op === "note" && notes === 5) throw new Error("killed");
      if (op === "stageFrom" && notes === 5) throw new Error("dead");
    };
    await assert.rejects(settle(byUrl({ means: means({ by: "url", ranges: 1 }) })));
    target.wire.before = undefined;
    target.wire.calls.length = 0;
    const outcome = await settle(byUrl());
    assert.ok(arrived());
    assert.equal(target.wire.count("stageFrom"), Math.ceil(body.length / 16) - 4);
    assert.equal(outcome.checksum?.basis, "source");
  });

  it("looks at the pin once more before it commits what Azure has read from a bucket without versions", async () => {
    source.shows = (object) => without(object, "crc64", "md5");
    source.put("k", body);
    const fresh = Buffer.from(body).reverse();
    target.wire.before = ({ op, index }) => {
      if (op === "stageFrom" && index === 6 && source.objects.get("k")?.bytes.equals(body) === true)
        source.put("k", fresh);
    };
    target.onWrite = (_name, bytes) => assert.ok(bytes.equals(fresh), "torn");
    const outcome = await settle(byUrl());
    assert.deepEqual([outcome.state, outcome.attempts], ["copied", 2]);
    assert.ok(arrived());
  });

  it("sees an object that was overwritten and put back while Azure read it: its blocks are a mixture", async () => {
    source.shows = (object) => without(object, "crc64", "md5");
    source.put("k", body);
    let reads = 0;
    target.wire.before = ({ op }) => {
      reads += op === "stageFrom" ? 1 : 0;
      if (op === "stageFrom" && reads === 3) source.put("k", Buffer.from(body).reverse());
      if (op === "stageFrom" && reads === 6) source.put("k", body);
    };
    target.onWrite = (_name, bytes) => assert.ok(bytes.equals(body), "torn");
    const outcome = await settle(byUrl({ means: means({ by: "url", ranges: 1 }) }));
    assert.deepEqual([outcome.state, outcome.attempts], ["copied", 2]);
  });

  it("does not continue what was staged for an ETag that was away for a while", async () => {
    source.shows = (object) => without(object, "crc64", "md5");
    const between = Buffer.from(body).reverse();
    source.put("k", body);
    target.wire.before = ({ op, index }) => {
      if (op === "stageFrom" && index === 3) source.put("k", between);
      if (op === "stageFrom" && index === 6) throw new Error("killed");
    };
    await assert.rejects(settle(byUrl()), /killed/);
    target.wire.before = undefined;
    // Put back: the same bytes, the same ETag, and some of the blocks staged for it are another object's.
    source.put("k", body);
    target.onWrite = (_name, bytes) => assert.ok(bytes.equals(body), "torn");
    assert.equal((await settle(byUrl())).state, "copied");
  });

  it("never commits what does not add up to the source's CRC-64", async () => {
    source.put("k", body, { crc64: 1n });
    await assert.rejects(settle(byUrl()), /ChecksumMismatch/);
    assert.equal(target.commits, 0);
  });

  it("does not leave what the target's cloud says it has read otherwise: it is copied again, at last through us", async () => {
    source.put("k", body.subarray(0, 50));
    const putFrom = target.putFrom.bind(target);
    target.putFrom = async (...asked) => ({ ...(await putFrom(...asked)), crc: 1n });
    const outcome = await settle(byUrl());
    assert.deepEqual([outcome.how, outcome.checksum?.basis], ["stream", "source"]);
    assert.match(outcome.why ?? "", /ChecksumMismatch/);
    assert.equal(target.wire.count("putFrom"), 2);
    assert.ok(arrived());
  });

  for (const [what, size] of [
    ["in one request", 50],
    ["in blocks", body.length],
  ] as const) {
    it(`goes on by streaming at once when the target's cloud cannot read the source ${what}, and says why`, async () => {
      source.put("k", body.subarray(0, size));
      target.wire.before = ({ op }) => {
        if (op === "putFrom" || op === "stageFrom") throw cannotRead();
      };
      const outcome = await settle(byUrl());
      assert.ok(arrived());
      assert.deepEqual([outcome.how, outcome.attempts], ["stream", 1]);
      assert.match(outcome.why ?? "", /CannotReadSource/);
      assert.equal(outcome.bytesRead, size);
    });
  }

  it("does not try a hopeless way again, for any object", async () => {
    target.wire.before = ({ op }) => {
      if (op === "putFrom") throw cannotRead();
    };
    const shared = byUrl();
    for (let at = 0; at < 6; at += 1) {
      source.put(`k${at}`, "small body");
      const outcome = await settle({ ...shared, candidate: { key: `k${at}` } });
      assert.deepEqual([outcome.state, outcome.how], ["copied", "stream"]);
    }
    assert.equal(target.wire.count("putFrom"), 3);
  });

  it("streams what has no address for another cloud, with the reason", async () => {
    source.put("k", body);
    source.referenceable = false;
    assert.match((await settle(byUrl())).why ?? "", /no addresses/);
    target.objects.clear();
    source.referenceable = true;
    target.notByUrl = "the endpoint is private";
    assert.equal((await settle(byUrl())).why, "the endpoint is private");
  });

  it("finds out that the ETag is no MD5, and proves the object another way", async () => {
    source.put("k", body.subarray(0, 50), { md5: Buffer.alloc(16, 3) });
    const outcome = await settle(byUrl());
    assert.ok(arrived());
    assert.deepEqual(
      [outcome.how, outcome.attempts, outcome.checksum?.algorithm],
      ["url", 3, "CRC64NVME"],
    );
  });

  it("chooses by itself: small objects through us, large ones by URL", async () => {
    const MiB = 1024 * 1024;
    const large = new FakeTarget();
    source.put("small", Buffer.alloc(MiB - 1));
    source.put("large", Buffer.alloc(MiB));
    const auto = work(source, large, { means: means({ by: "auto" }) });
    const small = await settle({ ...auto, candidate: { key: "small" } });
    assert.deepEqual([small.how, small.why], ["stream", null]);
    assert.equal((await settle({ ...auto, candidate: { key: "large" } })).how, "url");
  });

  it("leaves an empty object to streaming: there is nothing to read", async () => {
    source.put("k", "");
    assert.equal((await settle(byUrl())).how, "stream");
  });

  it("copies between buckets on condition of the pin, and never as something else", async () => {
    const s3 = new FakeTarget({ kind: "s3", putFromLimit: 100, blockSize: 8 });
    source.put("k", body);
    const fresh = Buffer.from(body).reverse();
    s3.wire.before = ({ op, index }) => {
      if (op === "stageFrom" && index === 6 && source.objects.get("k")?.bytes.equals(body) === true)
        source.put("k", fresh);
    };
    const outcome = await settle(work(source, s3, { means: means({ by: "url" }) }));
    assert.deepEqual([outcome.state, outcome.how], ["copied", "url"]);
    assert.ok(s3.objects.get("k")?.bytes.equals(fresh));
  });
});
