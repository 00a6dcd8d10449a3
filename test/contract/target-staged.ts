import assert from "node:assert/strict";
import { combineAllCrc64 } from "../../runtime/checksum/combine.ts";
import { crc64 } from "../../runtime/checksum/crc64.ts";
import type { Expecting, StagedBlock, Staging, Target } from "../../runtime/stores/contract.ts";
import { block, isTrouble, never, patterned, pinOf, propertiesFor, reDecides } from "./support.ts";
import type { TargetSuite } from "./target.ts";
import { where } from "./worlds.ts";

const ABSENT: Expecting = { state: "absent" };
/** The smallest that S3 takes of any part but the last. */
const BLOCK = 5 * 1024 * 1024;

/** An object of two whole blocks and a bit. */
export class Piece {
  readonly body: Buffer;
  readonly blocks: readonly Buffer[];
  readonly crc: bigint;

  constructor(seed: number) {
    this.body = patterned(2 * BLOCK + 77, seed);
    this.blocks = [0, 1, 2].map((n) => this.body.subarray(n * BLOCK, (n + 1) * BLOCK));
    this.crc = crc64(this.body);
  }

  staging(target: Target, name: string, pin: string): Staging {
    return {
      name,
      pin: pinOf(pin),
      size: this.body.length,
      cut: { blockSize: BLOCK, blocks: 3 },
      properties: this.properties(target, pin),
      noteCrcs: true,
    };
  }

  properties(target: Target, pin: string) {
    return propertiesFor(target, "", { pin: pinOf(pin), size: this.body.length });
  }
}

export function describeStaged({ world, lacks }: TargetSuite): void {
  const piece = new Piece(1);
  const open = (target: Target, name: string, pin = "pin-1") =>
    target.staged(piece.staging(target, name, pin), never);

  describe("a staged write", () => {
    it("shows nothing until it is committed, then all of it", async () => {
      const { target } = world();
      const { blocks, upload } = await open(target, "staged/one");
      assert.deepEqual(blocks, []);
      const done: StagedBlock[] = [];
      for (const index of [2, 0, 1]) {
        done.push(await upload.stage(index, block(piece.blocks[index]!), never));
      }
      assert.deepEqual(await target.look("staged/one", never), { state: "absent" });
      const ordered = done.toSorted((one, other) => one.index - other.index);
      assert.equal(
        combineAllCrc64(ordered.map(({ crc, length }) => ({ crc: crc!, length }))),
        piece.crc,
      );
      const properties = piece.properties(target, "pin-1");
      const { etag } = await upload.commit(done, properties, ABSENT, piece.crc, never);
      const side = await target.look("staged/one", never);
      assert.ok(side.state === "present");
      assert.equal(side.etag, etag);
      assert.equal(side.size, piece.body.length);
      assert.equal(side.marks?.pin, "pin-1");
      const stored = await world().read("staged/one");
      assert.ok(stored?.body.equals(piece.body));
      assert.equal(stored?.contentType, "text/x-test");
    });

    it("is continued by any worker, which stages nothing twice", async () => {
      const { target } = world();
      const first = await open(target, "staged/continued");
      await first.upload.stage(0, block(piece.blocks[0]!), never);
      await first.upload.stage(2, block(piece.blocks[2]!), never);
      const other = world().another();
      const { blocks, upload } = await open(other, "staged/continued");
      const known = blocks.toSorted((one, another) => one.index - another.index);
      assert.deepEqual(
        known.map(({ index, length }) => [index, length]),
        [
          [0, BLOCK],
          [2, 77],
        ],
      );
      for (const { index, crc } of known) {
        if (crc !== undefined) assert.equal(crc, crc64(piece.blocks[index]!));
      }
      const last = await upload.stage(1, block(piece.blocks[1]!), never);
      const properties = piece.properties(target, "pin-1");
      await upload.commit([...blocks, last], properties, ABSENT, piece.crc, never);
      assert.ok((await world().read("staged/continued"))?.body.equals(piece.body));
    });

    it("is not continued at another pin; what it left is gone after the commit", async () => {
      const { target } = world();
      const old = await open(target, "staged/pins", "pin-old");
      await old.upload.stage(0, block(patterned(BLOCK, 9)), never);
      const { blocks, upload } = await open(world().another(), "staged/pins", "pin-new");
      assert.deepEqual(blocks, []);
      const done: StagedBlock[] = [];
      for (const [index, bytes] of piece.blocks.entries()) {
        done.push(await upload.stage(index, block(bytes), never));
      }
      const properties = piece.properties(target, "pin-new");
      await upload.commit(done, properties, ABSENT, piece.crc, never);
      assert.ok((await world().read("staged/pins"))?.body.equals(piece.body));
      assert.equal((await world().uncommitted?.("staged/pins")) ?? 0, 0);
      assert.deepEqual((await open(target, "staged/pins", "pin-old")).blocks, []);
    });

    it("goes through beside what another tool has left there", async function () {
      const { target, leave } = world();
      if (leave === undefined) return this.skip();
      await leave("staged/mixed");
      const { blocks, upload } = await open(target, "staged/mixed");
      assert.deepEqual(blocks, []);
      const done: StagedBlock[] = [];
      for (const [index, bytes] of piece.blocks.entries()) {
        done.push(await upload.stage(index, block(bytes), never));
      }
      const properties = piece.properties(target, "pin-1");
      await upload.commit(done, properties, ABSENT, piece.crc, never);
      assert.ok((await world().read("staged/mixed"))?.body.equals(piece.body));
    });

    where(lacks["giving up"])("begins anew once it was given up", async () => {
      const { target } = world();
      const first = await open(target, "staged/discarded");
      await first.upload.stage(0, block(piece.blocks[0]!), never);
      await first.upload.discard(never);
      const second = await open(world().another(), "staged/discarded");
      assert.deepEqual(second.blocks, []);
      await second.upload.discard(never);
    });

    where(lacks["conditional commits"])("commits only what the decision saw", async () => {
      const { target } = world();
      const { upload } = await open(target, "staged/condition");
      const done: StagedBlock[] = [];
      for (const [index, bytes] of piece.blocks.entries()) {
        done.push(await upload.stage(index, block(bytes), never));
      }
      await world().put("staged/condition", Buffer.from("a stranger's"));
      const properties = piece.properties(target, "pin-1");
      await reDecides(upload.commit(done, properties, ABSENT, piece.crc, never));
      assert.equal((await world().read("staged/condition"))?.body.toString(), "a stranger's");
      const now = await target.look("staged/condition", never);
      assert.ok(now.state === "present");
      // Looking again, any worker goes on with what is there.
      const again = await open(world().another(), "staged/condition");
      for (const index of [0, 1, 2]) {
        if (again.blocks.some((known) => known.index === index)) continue;
        assert.notEqual(world().target.kind, "s3", "parts outlive a refused commit");
        await again.upload.stage(index, block(piece.blocks[index]!), never);
      }
      const expecting: Expecting = { state: "etag", etag: now.etag };
      const blocks = [0, 1, 2].map((n) => ({
        index: n,
        length: piece.blocks[n]!.length,
        crc: crc64(piece.blocks[n]!),
      }));
      await again.upload.commit(blocks, properties, expecting, piece.crc, never);
      assert.ok((await world().read("staged/condition"))?.body.equals(piece.body));
    });

    it("committed twice is committed once", async () => {
      const { target } = world();
      const { upload } = await open(target, "staged/twice");
      const done: StagedBlock[] = [];
      for (const [index, bytes] of piece.blocks.entries()) {
        done.push(await upload.stage(index, block(bytes), never));
      }
      const properties = piece.properties(target, "pin-1");
      const { etag } = await upload.commit(done, properties, ABSENT, piece.crc, never);
      await reDecides(upload.commit(done, properties, ABSENT, piece.crc, never));
      const side = await target.look("staged/twice", never);
      assert.ok(side.state === "present");
      assert.equal(side.etag, etag);
    });

    it("is told to be done though answers were lost on the way", async function () {
      const { target, loseAnswers } = world();
      if (loseAnswers === undefined) return this.skip();
      const { upload } = await open(target, "staged/lost");
      loseAnswers("stage", 2);
      const done: StagedBlock[] = [];
      for (const [index, bytes] of piece.blocks.entries()) {
        done.push(await upload.stage(index, block(bytes), never));
      }
      loseAnswers("commit", 2);
      const properties = piece.properties(target, "pin-1");
      const { etag } = await upload.commit(done, properties, ABSENT, piece.crc, never);
      const side = await target.look("staged/lost", never);
      assert.ok(side.state === "present");
      assert.equal(side.etag, etag);
      assert.ok((await world().read("staged/lost"))?.body.equals(piece.body));
    });

    where(lacks["checked blocks"])("refuses a block that is not its checksum's", async () => {
      const { upload } = await open(world().target, "staged/wrong-block");
      const wrong = { bytes: piece.blocks[0]!, crc: piece.crc };
      await assert.rejects(upload.stage(0, wrong, never));
      const again = await open(world().another(), "staged/wrong-block");
      assert.deepEqual(again.blocks, []);
      await again.upload.discard(never);
    });

    where(lacks["checked wholes"])("refuses a whole that is not its checksum's", async () => {
      const { target } = world();
      const { upload } = await open(target, "staged/wrong-whole");
      const done: StagedBlock[] = [];
      for (const [index, bytes] of piece.blocks.entries()) {
        done.push(await upload.stage(index, block(bytes), never));
      }
      const properties = piece.properties(target, "pin-1");
      await assert.rejects(upload.commit(done, properties, ABSENT, piece.crc ^ 1n, never), {
        code: "ChecksumMismatch",
      });
      assert.deepEqual(await target.look("staged/wrong-whole", never), { state: "absent" });
      await upload.discard(never);
    });

    it("is no way into a missing bucket", async () => {
      const { missing } = world();
      await isTrouble(
        open(missing, "name").then(({ upload }) => upload.stage(0, block("x"), never)),
      );
    });
  });

  describe("the cut of an object", () => {
    it("depends on its size alone, holds it, and keeps to the cloud's limits", () => {
      const { target } = world();
      const most = target.kind === "s3" ? 10_000 : 50_000;
      for (const by of ["stream", "url"] as const) {
        for (const size of [1, 5e6, 9e7, 1e10, 8.4e10, 1e12, 4e12]) {
          const cut = target.cut(size, by);
          assert.ok(cut.blocks <= most, `${cut.blocks} blocks`);
          assert.ok(cut.blocks * cut.blockSize >= size);
          assert.ok((cut.blocks - 1) * cut.blockSize < size);
          assert.ok(cut.blockSize >= BLOCK);
          assert.deepEqual(cut, world().another().cut(size, by));
        }
      }
    });
  });
}
