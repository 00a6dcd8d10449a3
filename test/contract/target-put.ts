import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Expecting } from "../../runtime/stores/contract.ts";
import {
  all,
  block,
  inUtf8Order,
  isTrouble,
  never,
  patterned,
  propertiesFor,
  reDecides,
} from "./support.ts";
import type { TargetSuite } from "./target.ts";
import { where } from "./worlds.ts";

const ABSENT: Expecting = { state: "absent" };

export function describePuts({ world, lacks }: TargetSuite): void {
  const put = (name: string, body: Buffer | string, expecting: Expecting = ABSENT) => {
    const { target } = world();
    return target.put(name, block(body), propertiesFor(target, body), expecting, never);
  };
  const present = async (name: string) => {
    const side = await world().target.look(name, never);
    assert.equal(side.state, "present");
    return side;
  };

  describe("putting a small object", () => {
    it("shows it: bytes, size, ETag, marks and a checksum", async () => {
      const body = patterned(12_345, 1);
      assert.deepEqual(await world().target.look("put/one", never), { state: "absent" });
      const { etag } = await put("put/one", body);
      const side = await present("put/one");
      assert.equal(side.etag, etag);
      assert.equal(side.size, body.length);
      const md5 = createHash("md5").update(body).digest();
      assert.equal(side.marks?.pin, md5.toString("hex"));
      assert.equal(side.marks.writer, "tenant/pipeline");
      assert.equal(side.marksAre, "seen");
      assert.ok(side.md5?.equals(md5) === true || side.crc64 === block(body).crc);
      assert.ok((await world().read("put/one"))?.body.equals(body));
    });

    it("carries content headers and metadata over", async () => {
      const { target } = world();
      const properties = propertiesFor(target, "x", {
        content: {
          contentType: "text/css",
          contentEncoding: "gzip",
          contentLanguage: "de",
          contentDisposition: 'attachment; filename="a b.css"',
          cacheControl: "no-store",
        },
        metadata: { name: "naïve ✓", "with-dash": "1" },
      });
      await target.put("put/headers", block("x"), properties, ABSENT, never);
      const stored = await world().read("put/headers");
      assert.deepEqual(
        { ...stored, body: undefined },
        {
          body: undefined,
          contentType: "text/css",
          contentEncoding: "gzip",
          contentLanguage: "de",
          contentDisposition: 'attachment; filename="a b.css"',
          cacheControl: "no-store",
        },
      );
    });

    it("of zero bytes is as good as any", async () => {
      await put("put/empty", "");
      assert.equal((await present("put/empty")).size, 0);
      assert.equal((await world().read("put/empty"))?.body.length, 0);
    });

    it("takes odd names for names", async () => {
      for (const name of ["put/a b+c%20d", "put/é/\u{1f600}", "put/&<>'\"", "put/a//b"]) {
        await put(name, name);
        assert.equal((await world().read(name))?.body.toString(), name);
        assert.equal((await present(name)).size, Buffer.byteLength(name));
      }
    });

    it("happens only while the target is what was seen", async () => {
      const { etag: first } = await put("put/condition", "one");
      await reDecides(put("put/condition", "two"));
      const { etag: second } = await put("put/condition", "three", { state: "etag", etag: first });
      await reDecides(put("put/condition", "four", { state: "etag", etag: first }));
      assert.equal((await present("put/condition")).etag, second);
      await reDecides(put("put/never", "x", { state: "etag", etag: first }));
      assert.equal((await world().read("put/condition"))?.body.toString(), "three");
      assert.equal(await world().read("put/never"), undefined);
    });

    it("of a stranger's object has no marks, and is seen", async () => {
      await world().put("put/stranger", Buffer.from("theirs"));
      const side = await present("put/stranger");
      assert.equal(side.marks, undefined);
      await reDecides(put("put/stranger", "ours"));
      await put("put/stranger", "ours", { state: "etag", etag: side.etag });
      assert.equal((await world().read("put/stranger"))?.body.toString(), "ours");
    });

    where(lacks["racing puts"])("is won by one of many racers", async () => {
      for (let round = 0; round < 5; round += 1) {
        const name = `put/race-${round}`;
        const racers = Array.from({ length: 6 }, (_, n) => `racer ${n}`);
        const results = await Promise.allSettled(racers.map((body) => put(name, body)));
        const winners = racers.filter((_, n) => results[n]!.status === "fulfilled");
        assert.equal(winners.length, 1, `${winners.length} of the racers think they won`);
        assert.equal((await world().read(name))?.body.toString(), winners[0]);
      }
    });

    where(lacks["checked blocks"])("is refused when the bytes are not the checksum's", async () => {
      const { target } = world();
      const wrong = { bytes: Buffer.from("bytes"), crc: block("other").crc };
      const properties = propertiesFor(target, "bytes");
      await assert.rejects(target.put("put/wrong", wrong, properties, ABSENT, never));
      assert.equal(await world().read("put/wrong"), undefined);
    });

    it("is told to be done though its answers were lost", async function () {
      const { loseAnswers } = world();
      if (loseAnswers === undefined) return this.skip();
      await present("put/one");
      loseAnswers("put", 2);
      const { etag } = await put("put/lost", "arrived");
      assert.equal((await present("put/lost")).etag, etag);
      assert.equal((await world().read("put/lost"))?.body.toString(), "arrived");
    });
  });

  describe("removing", () => {
    it("happens only while the target is what was seen", async () => {
      const { target } = world();
      const { etag } = await put("remove/one", "one");
      await put("remove/one", "two", { state: "etag", etag });
      await reDecides(target.remove("remove/one", { state: "etag", etag }, never));
      const now = await present("remove/one");
      await target.remove("remove/one", { state: "etag", etag: now.etag }, never);
      assert.deepEqual(await target.look("remove/one", never), { state: "absent" });
      await target.remove("remove/one", { state: "etag", etag: now.etag }, never);
    });
  });

  describe("listing the target", () => {
    it("shows names, sizes and ETags that conditions take", async () => {
      const names = inUtf8Order(["list/a", "list/b/c", "list/é", "list/\u{ff5e}"]);
      for (const name of names) await put(name, name);
      const { target } = world();
      const found = await all(target.list({ prefix: "list/" }, never));
      assert.deepEqual(
        found.map(({ name, size }) => ({ name, size })),
        names.map((name) => ({ name, size: Buffer.byteLength(name) })),
      );
      for (const { name, etag, marks, marksAre } of found) {
        const side = await present(name);
        assert.equal(etag, side.etag);
        if (marksAre === "seen") assert.deepEqual(marks, side.marks);
      }
      const some = await all(
        target.list({ prefix: "list/", after: names[0]!, upTo: names[2]! }, never),
      );
      assert.deepEqual(
        some.map(({ name }) => name),
        names.slice(1, 3),
      );
    });
  });

  it("never takes a missing bucket for a missing name", async () => {
    const { missing } = world();
    const properties = propertiesFor(missing, "x");
    await isTrouble(missing.look("name", never));
    await isTrouble(missing.put("name", block("x"), properties, ABSENT, never));
    await isTrouble(missing.remove("name", { state: "etag", etag: '"x"' }, never));
    await isTrouble(all(missing.list({ prefix: "" }, never)));
  });
}
