import assert from "node:assert/strict";
import { retryClass } from "../../runtime/decide/retry.ts";
import { CloudError } from "../../runtime/errors.ts";
import type { SourceObject, SourceSide } from "../../runtime/stores/contract.ts";
import { all, inUtf8Order, isTrouble, never, patterned, reDecides } from "./support.ts";
import { where, type SourceWorld } from "./worlds.ts";

/** What every source must do. `lacks` is told before the world is made, so that titles can say it. */
export function describeSource(
  title: string,
  make: () => Promise<SourceWorld>,
  lacks: NonNullable<SourceWorld["lacks"]> = {},
): void {
  describe(title, () => {
    let world: SourceWorld;
    before(async function () {
      this.timeout(180_000);
      world = await make();
    });
    after(() => world.close());

    const present = (side: SourceSide): SourceObject => {
      assert.equal(side.state, "present");
      return (side as { object: SourceObject }).object;
    };

    describe("listing", () => {
      const names = inUtf8Order([
        "order/a",
        "order/a/",
        "order/a//b",
        "order/a b+c%20d",
        "order/é",
        "order/\u{e000}",
        "order/\u{ff5e}",
        "order/\u{1f600}",
        "order/z&<>'\"z",
      ]);
      before(async () => {
        for (const name of names) await world.put(name, Buffer.from(name));
      });

      it("has keys in the order of their UTF-8 bytes, whatever is in them", async () => {
        const found = await all(world.source.list({ prefix: "order/" }, never));
        assert.deepEqual(
          found.map(({ key }) => key),
          names,
        );
        const [first] = found;
        assert.equal(first!.size, Buffer.byteLength(first!.key));
        assert.ok(Math.abs(Date.now() - first!.modified) < 600_000, String(first!.modified));
        assert.equal(first!.etag, present(await world.source.look("order/a", never)).pin.etag);
      });

      it("begins after any key, there or not, and ends at any", async () => {
        for (let at = 0; at < names.length; at += 1) {
          const after = names[at]!;
          const upTo = names[Math.min(at + 3, names.length - 1)]!;
          const found = await all(world.source.list({ prefix: "order/", after, upTo }, never));
          assert.deepEqual(
            found.map(({ key }) => key),
            names.slice(at + 1, at + 4),
          );
        }
        const between = await all(world.source.list({ prefix: "order/", after: "order/b" }, never));
        assert.deepEqual(
          between.map(({ key }) => key),
          names.filter((name) => inUtf8Order([name, "order/b"])[0] === "order/b"),
        );
      });

      it("of nothing is empty", async () => {
        assert.deepEqual(await all(world.source.list({ prefix: "nothing/" }, never)), []);
      });

      where(lacks["control characters"])("shows keys that XML cannot hold", async () => {
        const odd = inUtf8Order(["odd/\u0001", "odd/\t\n\r", "odd/\u007f", "odd/ "]);
        for (const name of odd) await world.put(name, Buffer.from("x"));
        const found = await all(world.source.list({ prefix: "odd/" }, never));
        assert.deepEqual(
          found.map(({ key }) => key),
          odd,
        );
      });

      it("goes on past a page, without gaps or repetitions", async function () {
        this.timeout(120_000);
        const many = Array.from({ length: 1_105 }, (_, n) => `many/${String(n).padStart(5, "0")}`);
        for (let at = 0; at < many.length; at += 50) {
          await Promise.all(many.slice(at, at + 50).map((key) => world.put(key, Buffer.alloc(0))));
        }
        const found = await all(world.source.list({ prefix: "many/" }, never));
        assert.deepEqual(
          found.map(({ key }) => key),
          many,
        );
        const some = await all(
          world.source.list({ prefix: "many/", after: many[98]!, upTo: many[1_050]! }, never),
        );
        assert.deepEqual(
          some.map(({ key }) => key),
          many.slice(99, 1_051),
        );
      });

      it("may be left half-way", async () => {
        for await (const page of world.source.list({ prefix: "many/" }, never)) {
          assert.ok(page.length > 0);
          break;
        }
      });
    });

    describe("looking", () => {
      it("tells absent from present, with all that a copy carries over", async () => {
        assert.deepEqual(await world.source.look("look/none", never), { state: "absent" });
        await world.put("look/one", Buffer.from("hello"), {
          contentType: "text/x-one",
          cacheControl: "max-age=1",
          metadata: { colour: "blue", name: "naïve ✓" },
        });
        const object = present(await world.source.look("look/one", never));
        assert.equal(object.size, 5);
        assert.equal(object.content.contentType, "text/x-one");
        assert.equal(object.content.cacheControl, "max-age=1");
        assert.deepEqual(object.metadata, { colour: "blue", name: "naïve ✓" });
        assert.match(object.modified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      });

      where(lacks.dots)("takes names that paths are made of for names", async () => {
        for (const key of ["dots/../up", "dots/./here", "dots//twice", "dots/end/"]) {
          await world.put(key, Buffer.from(key));
          const object = present(await world.source.look(key, never));
          const into = Buffer.alloc(object.size);
          await world.source.read(key, object.pin, { start: 0, end: object.size }, into, never);
          assert.equal(into.toString(), key);
        }
      });

      where(lacks.tags)("reads tags at the pin", async () => {
        await world.put("look/tags", Buffer.from("x"), { tags: { "a b": "c/d", e: "" } });
        const { pin } = present(await world.source.look("look/tags", never));
        assert.deepEqual(await world.source.tags("look/tags", pin, never), { "a b": "c/d", e: "" });
      });
    });

    describe("fetching a small object", () => {
      const body = patterned(10_000, 3);
      before(() => world.put("fetch/one", body));

      it("gives what it is and its bytes at once", async () => {
        const into = Buffer.alloc(20_000, 0xff);
        const object = present(await world.source.fetch("fetch/one", undefined, into, never));
        assert.equal(object.size, body.length);
        assert.ok(into.subarray(0, body.length).equals(body));
        assert.deepEqual(object.pin, present(await world.source.look("fetch/one", never)).pin);
        const again = await world.source.fetch("fetch/one", object.pin.etag, into, never);
        assert.equal(again.state, "present");
      });

      it("fits exactly, and refuses what does not fit", async () => {
        const exact = Buffer.alloc(body.length);
        assert.equal(
          (await world.source.fetch("fetch/one", undefined, exact, never)).state,
          "present",
        );
        assert.ok(exact.equals(body));
        const small = Buffer.alloc(body.length - 1);
        await assert.rejects(world.source.fetch("fetch/one", undefined, small, never), {
          code: "TooLong",
        });
      });

      it("of zero bytes is as good as any", async () => {
        await world.put("fetch/empty", Buffer.alloc(0));
        const into = Buffer.alloc(16);
        const object = present(await world.source.fetch("fetch/empty", undefined, into, never));
        assert.equal(object.size, 0);
      });

      it("of what is not there says so; of what has changed asks to look again", async () => {
        const into = Buffer.alloc(16);
        assert.deepEqual(await world.source.fetch("fetch/none", undefined, into, never), {
          state: "absent",
        });
        await world.put("fetch/changing", Buffer.from("one"));
        const { pin } = present(await world.source.look("fetch/changing", never));
        await world.put("fetch/changing", Buffer.from("two"));
        await reDecides(world.source.fetch("fetch/changing", pin.etag, into, never));
      });

      where(lacks.checksums)("says the CRC-64 that the source keeps", async () => {
        const into = Buffer.alloc(20_000);
        const object = present(await world.source.fetch("fetch/one", undefined, into, never));
        assert.equal(typeof object.crc64, "bigint");
        assert.equal(object.crc64, present(await world.source.look("fetch/one", never)).crc64);
      });
    });

    describe("reading ranges", () => {
      const body = patterned(100_001, 5);
      before(() => world.put("read/one", body));

      it("gives exactly the bytes asked for", async () => {
        const { pin } = present(await world.source.look("read/one", never));
        for (const [start, end] of [
          [0, body.length],
          [0, 1],
          [1, 65_537],
          [body.length - 1, body.length],
        ] as const) {
          const into = Buffer.alloc(body.length + 10, 0xee);
          await world.source.read("read/one", pin, { start, end }, into, never);
          assert.ok(into.subarray(0, end - start).equals(body.subarray(start, end)));
          assert.equal(into[end - start], 0xee, "nothing is written behind the range");
        }
      });

      it("never gives bytes of another object than the pinned one", async () => {
        const [old, new_] = [patterned(50_000, 1), patterned(50_000, 2)];
        await world.put("read/torn", old);
        const { pin } = present(await world.source.look("read/torn", never));
        const into = Buffer.alloc(25_000);
        await world.source.read("read/torn", pin, { start: 0, end: 25_000 }, into, never);
        assert.ok(into.equals(old.subarray(0, 25_000)));
        await world.put("read/torn", new_);
        try {
          await world.source.read("read/torn", pin, { start: 25_000, end: 50_000 }, into, never);
          // A version can still be read, as it was.
          assert.notEqual(pin.version, undefined, "the pin was overwritten and yet read");
          assert.ok(into.equals(old.subarray(25_000)));
        } catch (error) {
          assert.ok(error instanceof CloudError, String(error));
          assert.equal(retryClass(error.facts), "re-decide", error.message);
        }
      });

      it("of what was removed asks to look again", async () => {
        await world.put("read/gone", body);
        const { pin } = present(await world.source.look("read/gone", never));
        await world.remove("read/gone");
        assert.deepEqual(await world.source.look("read/gone", never), { state: "absent" });
        if (pin.version !== undefined) return;
        const range = { start: 0, end: 10 };
        await reDecides(world.source.read("read/gone", pin, range, Buffer.alloc(10), never));
      });
    });

    it("lets a cloud read one object by a URL, at its pin where it has versions", async () => {
      await world.put("url/a b+ü", Buffer.from("by url"));
      const { pin } = present(await world.source.look("url/a b+ü", never));
      const reference = world.source.reference("url/a b+ü", pin);
      assert.ok(reference);
      const response = await fetch(await reference.url(never));
      assert.equal(await response.text(), "by url");
      await world.put("url/a b+ü", Buffer.from("newer"));
      const now = await (await fetch(await reference.url(never))).text();
      assert.equal(now, pin.version === undefined ? "newer" : "by url");
    });

    it("never takes a missing bucket for a missing key", async () => {
      const pin = { etag: "0".repeat(32), text: "0".repeat(32) };
      const into = Buffer.alloc(10);
      await isTrouble(world.missing.look("key", never));
      await isTrouble(world.missing.fetch("key", undefined, into, never));
      await isTrouble(world.missing.read("key", pin, { start: 0, end: 10 }, into, never));
      await isTrouble(all(world.missing.list({ prefix: "" }, never)));
    });
  });
}
