import assert from "node:assert/strict";
import { Buffers } from "../../../../runtime/copy/buffers.ts";
import { settle } from "../../../../runtime/copy/settle.ts";
import {
  FakeSource,
  FakeTarget,
  cloudError,
  means,
  patterned,
  without,
  type Call,
} from "../fakes.ts";
import { work } from "./work.ts";

const MiB = 1024 * 1024;

describe("copying by streaming in blocks", () => {
  let source: FakeSource;
  let target: FakeTarget;
  beforeEach(() => {
    source = new FakeSource();
    target = new FakeTarget();
  });
  const onStage = (act: (index: number) => void | Promise<void>): void => {
    target.wire.before = ({ op, index }: Call) => (op === "stage" ? act(index ?? 0) : undefined);
  };
  const refused = (action: string): Error =>
    cloudError("azure", action, "AuthorizationFailure", 403);

  it("never commits a torn object: an overwrite between two blocks restarts it", async () => {
    const [old, fresh] = [patterned(20 * MiB, 1), patterned(20 * MiB, 2)];
    source.put("k", old);
    onStage((index) => {
      if (index === 0 && source.objects.get("k")?.bytes.equals(old) === true) {
        source.put("k", fresh);
      }
    });
    const outcome = await settle(work(source, target, { means: means({ ranges: 1 }) }));
    assert.equal(outcome.state, "copied");
    assert.ok(target.objects.get("k")?.bytes.equals(fresh));
    assert.equal(target.commits, 1);
  });

  it("follows an object that grows while it is read", async () => {
    source.put("k", patterned(20 * MiB, 1));
    const grown = patterned(28 * MiB, 2);
    let once = false;
    source.wire.before = ({ op, start }) => {
      if (op === "read" && start === 8 * MiB && !once) source.put("k", grown);
      once ||= op === "read" && start === 8 * MiB;
    };
    const outcome = await settle(work(source, target));
    assert.deepEqual([outcome.state, outcome.size], ["copied", 28 * MiB]);
    assert.ok(target.objects.get("k")?.bytes.equals(grown));
  });

  it("continues what another worker staged and reads nothing that arrived", async () => {
    const body = patterned(40 * MiB, 3);
    source.put("k", body);
    let staged = 0;
    onStage(() => {
      staged += 1;
      if (staged > 3) throw refused("blob:PutBlock");
    });
    await assert.rejects(settle(work(source, target, { means: means({ ranges: 1 }) })));
    target.wire.before = undefined;
    source.wire.calls.length = 0;
    const outcome = await settle(work(source, target));
    assert.deepEqual([outcome.state, outcome.bytesRead], ["copied", 16 * MiB]);
    const reads = source.wire.calls.filter(({ op }) => op === "read");
    assert.deepEqual(
      reads.map(({ start }) => (start ?? 0) / (8 * MiB)),
      [3, 4],
    );
    assert.ok(target.objects.get("k")?.bytes.equals(body));
    assert.equal(outcome.checksum?.basis, "source");
  });

  it("ignores what was staged for an older pin", async () => {
    const [old, fresh] = [patterned(20 * MiB, 4), patterned(20 * MiB, 5)];
    source.put("k", old);
    target.wire.before = ({ op }) => {
      if (op === "commit") throw refused("blob:PutBlockList");
    };
    await assert.rejects(settle(work(source, target)));
    target.wire.before = undefined;
    source.put("k", fresh);
    await settle(work(source, target));
    assert.ok(target.objects.get("k")?.bytes.equals(fresh));
  });

  it("stages everything anew when what was staged does not add up to the source", async () => {
    source.put("k", patterned(20 * MiB, 4));
    target.wire.before = ({ op }) => {
      if (op === "commit") throw refused("blob:PutBlockList");
    };
    await assert.rejects(settle(work(source, target)));
    target.wire.before = undefined;
    const [block] = target.uncommitted.get("k") ?? [];
    assert.ok(block);
    // Another worker read it through a proxy that broke it, and the target took it at its word.
    block.crc = 1n;
    const outcome = await settle(work(source, target));
    assert.deepEqual([outcome.state, outcome.attempts], ["copied", 2]);
  });

  it("goes on from the byte that it had reached when a body breaks off", async () => {
    source.put("k", patterned(20 * MiB, 4));
    let cuts = 0;
    source.wire.cutOff = ({ op }, length) => {
      cuts += op === "read" ? 1 : 0;
      return op === "read" && cuts <= 3 ? Math.floor(length / 2) : undefined;
    };
    const outcome = await settle(work(source, target));
    assert.equal(outcome.bytesRead, 20 * MiB);
  });

  it("keeps to its budget: never more blocks at once than there are buffers", async () => {
    source.put("k", patterned(64 * MiB, 6));
    onStage(() => new Promise((resolve) => setTimeout(resolve, 2)));
    const buffers = new Buffers(24 * MiB);
    await settle(work(source, target, { means: means({ buffers, ranges: 8 }) }));
    assert.equal(target.mostStagedAtOnce, 3);
    assert.equal(buffers.out, 0);
    assert.ok(buffers.allocated <= 24 * MiB);
  });

  it("gives every buffer back when a copy fails half-way", async () => {
    source.put("k", patterned(64 * MiB, 7));
    onStage((index) => {
      if (index === 3) throw refused("blob:PutBlock");
    });
    const buffers = new Buffers(24 * MiB);
    const failing = settle(work(source, target, { means: means({ buffers }) }));
    await assert.rejects(failing, /AuthorizationFailure/);
    assert.equal(buffers.out, 0);
  });

  it("compares with the MD5 of the ETag where the source keeps no CRC, blocks in any order", async () => {
    source.shows = (object) => without(object, "crc64");
    const object = source.put("k", patterned(30 * MiB, 8));
    source.wire.before = ({ op, start }) =>
      op === "read"
        ? new Promise((resolve) => setTimeout(resolve, start === 0 ? 20 : 0))
        : undefined;
    const outcome = await settle(work(source, target));
    assert.deepEqual(outcome.checksum, {
      algorithm: "MD5",
      value: object.md5?.toString("base64"),
      basis: "source",
    });
    assert.ok(target.objects.get("k")?.properties.contentMd5?.equals(object.md5!));
  });

  it("fails, and does not hang, when a block fails while others wait for their turn of the MD5", async () => {
    source.shows = (object) => without(object, "crc64");
    source.put("k", patterned(30 * MiB, 8));
    source.wire.before = async ({ op, start }) => {
      if (op !== "read" || start !== 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw cloudError("s3", "s3:GetObject", "AccessDenied", 403);
    };
    await assert.rejects(settle(work(source, target)), /AccessDenied/);
  });

  it("says `computed` of an object that is too large to be worth an MD5", async () => {
    source.shows = (object) => without(object, "crc64");
    source.put("k", patterned(65 * MiB, 8));
    const outcome = await settle(work(source, target));
    assert.deepEqual(
      [outcome.checksum?.algorithm, outcome.checksum?.basis],
      ["CRC64NVME", "computed"],
    );
  });

  it("asks the rate before it reads, for as many bytes as it reads", async () => {
    source.put("k", patterned(20 * MiB, 8));
    const asked: number[] = [];
    const rate = { take: (bytes: number) => void asked.push(bytes) };
    await settle(work(source, target, { means: means({ rate: rate }) }));
    assert.deepEqual(asked, [8 * MiB, 8 * MiB, 4 * MiB]);
  });
});
