import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { Interrupted } from "../../../../runtime/errors.ts";
import { LedgerEntry } from "../../../../runtime/ledger/entry.ts";
import { Ledger, fileName } from "../../../../runtime/ledger/ledger.ts";
import { cloudError } from "../fakes.ts";

function entry(key: string, over: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    v: 1,
    at: "2026-01-31T12:00:00.000Z",
    tenant: "acme",
    pipeline: "exports",
    generation: 1,
    target: "az",
    key,
    pin: "e",
    size: 3,
    state: "copied",
    reason: null,
    class: null,
    action: null,
    how: "stream",
    checksum: { algorithm: "CRC64NVME", value: "6QwzcQZGl6k=", basis: "source" },
    name: key,
    startedAt: "2026-01-31T12:00:00.000Z",
    seconds: 0.1,
    attempts: 1,
    hint: { messageId: "m", eventName: null, eventTime: null, sequencer: null, receiveCount: 1 },
    ...over,
  };
}

function opened(write: (name: string, bytes: Buffer) => Promise<void>, flushEntries = 500) {
  const stop = new AbortController();
  const troubles: unknown[] = [];
  const ledger = new Ledger({
    worker: "w1",
    write,
    signal: stop.signal,
    onTrouble: (error) => troubles.push(error),
    flushMs: 10,
    flushEntries,
  });
  return { ledger, stop, troubles };
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
    const recorded = ledger.record([entry("a")]).then(() => (durable = true));
    await begun.promise;
    await new Promise(setImmediate);
    assert.equal(durable, false);
    ended.resolve(undefined);
    await recorded;
  });

  it("writes lines that its own schema reads, one file for what came together", async () => {
    const files: { name: string; text: string }[] = [];
    const { ledger } = opened((name, bytes) => {
      files.push({ name, text: gunzipSync(bytes).toString() });
      return Promise.resolve();
    });
    await Promise.all([ledger.record([entry("a")]), ledger.record([entry("b"), entry("c")])]);
    assert.equal(files.length, 1);
    const lines = files[0]!.text.trim().split("\n");
    assert.deepEqual(
      lines.map((line) => LedgerEntry.parse(JSON.parse(line)).key),
      ["a", "b", "c"],
    );
    assert.match(files[0]!.name, /^dt=\d{4}-\d\d-\d\d\/\d{8}T\d{9}Z-w1-1\.ndjson\.gz$/);
  });

  it("writes at once after a rest, and then no more than one file in its interval", async () => {
    const at: number[] = [];
    const stop = new AbortController();
    const write = (): Promise<void> => (at.push(performance.now()), Promise.resolve());
    const ledger = new Ledger({
      worker: "w",
      write,
      signal: stop.signal,
      onTrouble: () => 0,
      flushMs: 400,
    });
    const from = performance.now();
    await ledger.record([entry("a")]);
    await ledger.record([entry("b")]);
    assert.ok((at[0] ?? Infinity) - from < 350);
    assert.ok((at[1] ?? 0) - from > 400);
  });

  it("writes at once when enough has gathered", async () => {
    let files = 0;
    const { ledger } = opened(() => {
      files += 1;
      return Promise.resolve();
    }, 2);
    await ledger.record([entry("a"), entry("b")]);
    assert.equal(files, 1);
  });

  it("tries again under the same name until it is written, and tells the trouble", async () => {
    const names: string[] = [];
    const { ledger, troubles } = opened((name) => {
      names.push(name);
      if (names.length < 2) throw cloudError("s3", "s3:PutObject", "AccessDenied", 403);
      return Promise.resolve();
    });
    await ledger.record([entry("a")]);
    assert.equal(names[0], names[1]);
    assert.equal(troubles.length, 1);
  });

  it("never calls lost entries durable when the worker stops before they are written", async () => {
    const { ledger, stop } = opened(() => {
      stop.abort();
      throw cloudError("s3", "s3:PutObject", "AccessDenied", 403);
    });
    await assert.rejects(ledger.record([entry("a")]), Interrupted);
  });

  it("counts states and the bytes that were copied", async () => {
    const { ledger } = opened(() => Promise.resolve());
    await ledger.record([entry("a"), entry("b", { state: "failed", class: "AccessDenied" })]);
    const { copied, failed, bytes } = ledger.totals();
    assert.deepEqual({ copied, failed, bytes }, { copied: 1, failed: 1, bytes: 3 });
  });

  it("holds no secret that came with a reason", async () => {
    let text = "";
    const { ledger } = opened((_, bytes) => {
      text = gunzipSync(bytes).toString();
      return Promise.resolve();
    });
    await ledger.record([entry("a", { reason: "GET https://x/?sig=c2VjcmV0 failed" })]);
    assert.ok(!text.includes("c2VjcmV0"));
  });

  it("names files so that they sort by time", () => {
    const name = fileName(new Date("2026-01-31T23:59:59.123Z"), "ab12", 7);
    assert.equal(name, "dt=2026-01-31/20260131T235959123Z-ab12-7.ndjson.gz");
  });
});
