import assert from "node:assert/strict";
import { Interrupted } from "../../../../runtime/errors.ts";
import { parseLine, readText } from "../../../../runtime/ledger/decode.ts";
import { Ledger, type LedgerOptions } from "../../../../runtime/ledger/ledger.ts";
import { cloudError } from "../fakes.ts";
import { owner, record } from "./records.ts";

function opened(
  write: (name: string, bytes: Buffer) => Promise<void>,
  over: Partial<LedgerOptions> = {},
) {
  const stop = new AbortController();
  const troubles: unknown[] = [];
  const ledger = new Ledger({
    owner,
    worker: "w1",
    write,
    signal: stop.signal,
    onTrouble: (error) => troubles.push(error),
    flushMs: 10,
    ...over,
  });
  return { ledger, stop, troubles };
}

/** Keeps files as text. */
function files() {
  const written: { name: string; text: string }[] = [];
  const write = async (name: string, bytes: Buffer): Promise<void> => {
    written.push({ name, text: await readText(name, bytes) });
  };
  const keys = (): string[] =>
    written.flatMap(({ text }) => text.trim().split("\n")).map((line) => parseLine(line)!.key);
  return { written, write, keys };
}

describe("the ledger", () => {
  it("says an entry is durable only once its file is written", async () => {
    const begun = Promise.withResolvers<undefined>();
    const ended = Promise.withResolvers<undefined>();
    const { ledger } = opened(async () => {
      begun.resolve(undefined);
      await ended.promise;
    });
    let durable = false;
    const recorded = ledger.record([record("a")]).then(() => (durable = true));
    await begun.promise;
    await new Promise(setImmediate);
    assert.equal(durable, false);
    ended.resolve(undefined);
    await recorded;
  });

  it("writes one file for what came together", async () => {
    const { written, write, keys } = files();
    const { ledger } = opened(write);
    await Promise.all([ledger.record([record("a")]), ledger.record([record("b"), record("c")])]);
    assert.deepEqual(keys(), ["a", "b", "c"]);
    assert.match(written[0]!.name, /^dt=\d{4}-\d\d-\d\d\/\d{8}T\d{9}Z-w1-1\.ndjson\.zst$/);
    assert.equal(written.length, 1);
  });

  it("writes at once after a rest, and then no more than one file in its interval", async () => {
    const at: number[] = [];
    const write = (): Promise<void> => (at.push(performance.now()), Promise.resolve());
    const { ledger } = opened(write, { flushMs: 400 });
    const from = performance.now();
    await ledger.record([record("a")]);
    await ledger.record([record("b")]);
    assert.ok((at[0] ?? Infinity) - from < 350);
    assert.ok((at[1] ?? 0) - from > 400);
  });

  it("writes at once when enough has gathered", async () => {
    const { written, write } = files();
    const { ledger } = opened(write, { flushEntries: 2, flushMs: 60_000 });
    await ledger.record([record("a"), record("b")]);
    assert.equal(written.length, 1);
  });

  it("writes one file at a time: what comes meanwhile shares the next", async () => {
    const sizes: number[] = [];
    let writing = 0;
    const write = async (name: string, bytes: Buffer): Promise<void> => {
      writing += 1;
      assert.equal(writing, 1);
      sizes.push((await readText(name, bytes)).trim().split("\n").length);
      await new Promise((resolve) => setTimeout(resolve, 30));
      writing -= 1;
    };
    const { ledger } = opened(write, { flushEntries: 1 });
    await Promise.all(Array.from({ length: 50 }, (_, n) => ledger.record([record(`k${n}`)])));
    assert.deepEqual(sizes, [1, 49]);
  });

  it("tries again under the same name until it is written, and tells the trouble", async () => {
    const names: string[] = [];
    const { ledger, troubles } = opened((name) => {
      names.push(name);
      if (names.length < 2) throw cloudError("s3", "s3:PutObject", "AccessDenied", 403);
      return Promise.resolve();
    });
    await ledger.record([record("a")]);
    assert.equal(names[0], names[1]);
    assert.equal(troubles.length, 1);
  });

  it("never calls lost entries durable when the worker stops before they are written", async () => {
    const { ledger, stop } = opened(() => {
      stop.abort();
      throw cloudError("s3", "s3:PutObject", "AccessDenied", 403);
    });
    await assert.rejects(ledger.record([record("a")]), Interrupted);
    await assert.rejects(ledger.sync(), Interrupted);
  });

  it("lets nobody on while too much waits for the store, and loses none of it", async () => {
    const store = Promise.withResolvers<undefined>();
    const { write, keys } = files();
    const { ledger } = opened(
      async (name, bytes) => {
        await store.promise;
        await write(name, bytes);
      },
      { mostPending: 2000 },
    );
    let let_on = 0;
    const intake = (async () => {
      for (let n = 0; n < 100; n += 1) {
        await ledger.room();
        let_on += 1;
        void ledger.record([record(`k${n}`)]);
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(let_on > 1 && let_on < 12, `${let_on} were let on`);
    assert.ok(ledger.pending < 3000);
    store.resolve(undefined);
    await intake;
    await ledger.sync();
    assert.deepEqual(
      keys(),
      Array.from({ length: 100 }, (_, n) => `k${n}`),
    );
  });

  it("writes down a batch of unchanged keys, a tiny line each, in files of some MiB", async () => {
    const { written, write, keys } = files();
    const { ledger } = opened(write);
    const names = Array.from({ length: 60_000 }, (_, n) => `logs/2026/part-${n}.csv`);
    const sizes = Float64Array.from(names, (_, n) => n);
    await ledger.recordUnchanged({ target: "az", keys: names, sizes, run: "r1", slice: "7" });
    assert.deepEqual(keys(), names);
    assert.ok(written.length > 1);
    const line = parseLine(written[0]!.text.split("\n")[5]!)!;
    assert.deepEqual(
      [line.state, line.target, line.size, line.run, line.slice, line.tenant, line.attempts],
      ["unchanged", "az", 5, "r1", "7", "acme", null],
    );
    assert.equal(ledger.totals().unchanged, 60_000);
  });

  it("counts states and the bytes that were copied, in all and by run", async () => {
    const { ledger } = opened(() => Promise.resolve());
    await ledger.record([
      record("a"),
      record("b", { state: "failed", class: "AccessDenied", run: "r1" }),
      record("c", { run: "r1", size: 5 }),
    ]);
    const { copied, failed, bytes } = ledger.totals();
    assert.deepEqual({ copied, failed, bytes }, { copied: 2, failed: 1, bytes: 8 });
    assert.deepEqual([ledger.totals("r1").copied, ledger.totals("r1").bytes], [1, 5]);
    await ledger.recordUnchanged({ target: "az", keys: ["d", "e"], sizes: [7, 8], run: "r1" });
    const books = ledger.forget("r1");
    assert.deepEqual(
      [books.totals.objects, books.totals.bytes, books.totals.unchanged],
      [4, 23, { objects: 2, bytes: 15 }],
    );
    assert.deepEqual(
      books.failures.map((group) => [group.class, group.objects, group.sample.key]),
      [["AccessDenied", 1, "b"]],
    );
    assert.equal(books.firstAt, "2026-01-31T12:00:00.000Z");
    assert.ok((books.lastAt ?? "") > "2026-02");
    assert.equal(ledger.totals("r1").failed, 0);
  });
});
