import assert from "node:assert/strict";
import { crc64 } from "../../runtime/checksum/crc64.ts";
import { retryClass } from "../../runtime/decide/retry.ts";
import { CloudError } from "../../runtime/errors.ts";
import type {
  Expecting,
  Reference,
  StagedBlock,
  SourceObject,
} from "../../runtime/stores/contract.ts";
import { never, patterned, propertiesFor, reDecides } from "./support.ts";
import { Piece } from "./target-staged.ts";
import type { TargetSuite } from "./target.ts";
import { where, type SourceWorld } from "./worlds.ts";

const ABSENT: Expecting = { state: "absent" };

export function describeByUrl({ world, lacks }: TargetSuite): void {
  const source = (): SourceWorld => world().byUrl!;
  const prepare = async (key: string, body: Buffer) => {
    await source().put(key, body);
    const side = await source().source.look(key, never);
    assert.ok(side.state === "present");
    const from = source().source.reference(key, side.object.pin);
    assert.ok(from);
    assert.equal(world().target.whyNotByUrl(from), undefined);
    return { object: side.object, from };
  };
  const putFrom = (
    name: string,
    from: Reference,
    object: SourceObject,
    expecting: Expecting = ABSENT,
  ) => {
    const { target } = world();
    const properties = propertiesFor(target, "", object);
    const proof = { md5: object.md5 };
    return target.putFrom(name, from, object.size, proof, properties, expecting, never);
  };

  describe("by URL", () => {
    before(function () {
      if (world().byUrl === undefined) this.skip();
    });

    where(lacks.copies)("a whole object goes in one conditional request", async () => {
      const body = patterned(100_000, 4);
      const { object, from } = await prepare("from/a b+ü", body);
      const { etag, crc, proven } = await putFrom("url/one", from, object);
      const side = await world().target.look("url/one", never);
      assert.ok(side.state === "present");
      assert.equal(side.etag, etag);
      assert.equal(side.marks?.pin, object.pin.text);
      assert.ok((await world().read("url/one"))?.body.equals(body));
      if (lacks["checksums by url"] === undefined) assert.ok(proven || crc === crc64(body));
      await reDecides(putFrom("url/one", from, object));
      await putFrom("url/one", from, object, { state: "etag", etag });
    });

    where(lacks.copies)("of zero bytes is as good as any", async () => {
      const { object, from } = await prepare("from/empty", Buffer.alloc(0));
      await putFrom("url/empty", from, object);
      assert.equal((await world().read("url/empty"))?.body.length, 0);
    });

    where(lacks.copies)("a source that has changed is not copied as the pinned one", async () => {
      const { object, from } = await prepare("from/changed", Buffer.from("the pinned"));
      await source().put("from/changed", Buffer.from("the newer!"));
      try {
        await putFrom("url/changed", from, object);
        // Only a version can still be read as it was.
        assert.equal((await world().read("url/changed"))?.body.toString(), "the pinned");
      } catch (error) {
        assert.ok(error instanceof CloudError, String(error));
        assert.equal(retryClass(error.facts), "re-decide", error.message);
        assert.deepEqual(await world().target.look("url/changed", never), { state: "absent" });
      }
    });

    where(lacks.copies)("blocks are read at the pin and joined", async () => {
      const piece = new Piece(6);
      const { object, from } = await prepare("from/big", piece.body);
      const { target } = world();
      const staging = piece.staging(target, "url/big", object.pin.text);
      const { upload } = await target.staged(staging, never);
      const done: StagedBlock[] = [];
      for (const [index, bytes] of piece.blocks.entries()) {
        const start = index * staging.cut.blockSize;
        const range = { start, end: start + bytes.length };
        const staged = await upload.stageFrom(index, from, range, never);
        if (lacks["checksums by url"] === undefined) assert.equal(staged.crc, crc64(bytes));
        done.push(staged);
      }
      const again = await world().another().staged(staging, never);
      assert.equal(again.blocks.length, 3);
      await upload.commit(done, staging.properties, ABSENT, object.crc64, never);
      assert.ok((await world().read("url/big"))?.body.equals(piece.body));
    });

    where(lacks.copies)("a source that changes between two blocks is never torn", async () => {
      const [old, newer] = [new Piece(7), new Piece(8)];
      const { object, from } = await prepare("from/torn", old.body);
      const { target } = world();
      const staging = old.staging(target, "url/torn", object.pin.text);
      const { upload } = await target.staged(staging, never);
      const rangeOf = (index: number) => {
        const start = index * staging.cut.blockSize;
        return { start, end: start + old.blocks[index]!.length };
      };
      await upload.stageFrom(0, from, rangeOf(0), never);
      await source().put("from/torn", newer.body);
      const done: StagedBlock[] = [];
      try {
        for (const index of [0, 1, 2]) {
          done.push(await upload.stageFrom(index, from, rangeOf(index), never));
        }
      } catch (error) {
        assert.ok(error instanceof CloudError, String(error));
        assert.equal(retryClass(error.facts), "re-decide", error.message);
        await upload.discard(never);
        return;
      }
      // Only a version can still be read as it was.
      await upload.commit(done, staging.properties, ABSENT, undefined, never);
      assert.ok((await world().read("url/torn"))?.body.equals(old.body));
    });

    if (lacks.copies !== undefined) {
      it(`is left to streaming [${lacks.copies}]`, async () => {
        const { object, from } = await prepare("from/unpinned", Buffer.from("whatever"));
        await assert.rejects(putFrom("url/unpinned", from, object), { code: "CannotReadSource" });
        const piece = new Piece(6);
        const { target } = world();
        const staging = piece.staging(target, "url/unpinned", object.pin.text);
        const { upload } = await target.staged(staging, never);
        const range = { start: 0, end: 5 };
        await assert.rejects(upload.stageFrom(0, from, range, never), { code: "CannotReadSource" });
        await upload.discard(never);
        assert.equal(await world().read("url/unpinned"), undefined);
      });
    }
  });
}
