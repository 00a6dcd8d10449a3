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

    it("a whole object goes in one conditional request", async () => {
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

    it("of zero bytes is as good as any", async () => {
      const { object, from } = await prepare("from/empty", Buffer.alloc(0));
      await putFrom("url/empty", from, object);
      assert.equal((await world().read("url/empty"))?.body.length, 0);
    });

    where(lacks["pinned copies"])(
      "a source that has changed is not copied as the pinned one",
      async () => {
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
      },
    );

    it("blocks are read at the pin and joined", async () => {
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

    where(lacks["pinned copies"])(
      "a source that changes between two blocks is never torn",
      async () => {
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
        try {
          const second = await upload.stageFrom(1, from, rangeOf(1), never);
          assert.equal(
            second.crc,
            crc64(old.blocks[1]!),
            "the second block is of the newer object",
          );
        } catch (error) {
          assert.ok(error instanceof CloudError, String(error));
          assert.equal(retryClass(error.facts), "re-decide", error.message);
        }
        await upload.discard(never);
      },
    );
  });
}
