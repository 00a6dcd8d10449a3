import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { columns } from "../../../../runtime/ledger/columns.ts";
import { parseLine, readText } from "../../../../runtime/ledger/decode.ts";
import { Encoder } from "../../../../runtime/ledger/encode.ts";
import { states, type LedgerRecord } from "../../../../runtime/ledger/entry.ts";
import { owner, record } from "./records.ts";

const encoder = new Encoder(owner);
const moment = fc
  .date({ noInvalidDate: true, min: new Date(0), max: new Date("2099-01-01") })
  .map((date) => date.toISOString());
const some = fc.option(fc.string({ unit: "binary" }));
const count = fc.option(fc.nat());
const plain = { noNullPrototype: true };

const anyRecord: fc.Arbitrary<LedgerRecord> = fc.record({
  at: moment,
  target: fc.string(),
  key: fc.string({ unit: "binary" }),
  state: fc.constantFrom(...states),
  reason: fc.option(fc.lorem()),
  class: some,
  action: some,
  pin: some,
  size: count,
  modified: fc.option(moment),
  how: fc.constantFrom("stream" as const, "url" as const, null),
  why: fc.option(fc.lorem()),
  bytesRead: count,
  requests: count,
  checksum: fc.option(
    fc.record(
      {
        algorithm: fc.constantFrom("CRC64NVME" as const, "CRC32" as const, "MD5" as const),
        value: fc.base64String(),
        basis: fc.constantFrom("source" as const, "computed" as const, "target" as const),
      },
      plain,
    ),
  ),
  name: some,
  startedAt: moment,
  seconds: fc.nat({ max: 1e9 }).map((ms) => ms / 1000),
  attempts: fc.nat(),
  run: some,
  slice: some,
  hint: fc.option(
    fc.record(
      {
        messageId: fc.string(),
        eventName: some,
        eventTime: some,
        sequencer: some,
        receiveCount: fc.integer({ min: 1, max: 9 }),
      },
      plain,
    ),
  ),
});

describe("a line of the ledger", () => {
  it("gives back every field as it was recorded, whatever the key", () => {
    fc.assert(
      fc.property(anyRecord, (one) => {
        const line = encoder.line(one);
        assert.equal(line.indexOf("\n"), line.length - 1);
        assert.deepEqual(parseLine(line), { ...owner, ...one });
      }),
    );
  });

  it("is what a JSON reader makes of the documented columns, no others", () => {
    const known = new Set(columns.map(({ name }) => name));
    fc.assert(
      fc.property(anyRecord, (one) => {
        for (const [name, value] of Object.entries(JSON.parse(encoder.line(one)) as object)) {
          assert.ok(known.has(name), name);
          assert.notEqual(typeof value, "object");
        }
      }),
    );
  });

  it("keeps a key that is no valid Unicode distinct as far as JSON can say it", () => {
    assert.equal(parseLine(encoder.line(record("a\ud800b")))?.key, "a\ud800b");
  });

  it("holds no secret that came with a reason, and leaves keys that look like one alone", () => {
    const reason = "GET https://x/k?X-Amz-Credential=AKIA&X-Amz-Signature=c2VjcmV0 failed";
    const line = encoder.line(record("k?sig=mine", { reason, why: "https://x/?sig=c2VjcmV0" }));
    assert.ok(!line.includes("c2VjcmV0"));
    assert.ok(line.includes("k?sig=mine"));
  });

  it("of the first format is still read", async () => {
    const old = {
      v: 1,
      at: "2026-01-31T12:00:00.000Z",
      tenant: "acme",
      pipeline: "exports",
      generation: 1,
      target: "az",
      key: "k",
      pin: "e",
      size: 3,
      state: "copied",
      reason: null,
      class: null,
      action: null,
      how: "stream",
      checksum: { algorithm: "MD5", value: "x", basis: "source" },
      name: "k",
      startedAt: "2026-01-31T12:00:00.000Z",
      seconds: 0.1,
      attempts: 1,
      hint: { messageId: "m", eventName: null, eventTime: null, sequencer: null, receiveCount: 2 },
    };
    const text = await readText("a.ndjson.gz", gzipSync(`${JSON.stringify(old)}\n`));
    const entry = parseLine(text);
    assert.deepEqual([entry?.checksum, entry?.hint], [old.checksum, old.hint]);
    assert.equal(entry?.startedAt, old.startedAt);
  });

  it("that is none is not taken for one", () => {
    for (const line of ["", "{}", "[]", "null", '{"v":3}', '{"v":2,"state":"copied"}', "{torn"]) {
      assert.equal(parseLine(line), undefined, line);
    }
  });

  it("cannot be read from a file that is not whole", async () => {
    const whole = zstdCompressSync(Buffer.from(encoder.line(record("k")).repeat(100)));
    await assert.rejects(readText("a.ndjson.zst", whole.subarray(0, whole.length - 5)));
  });
});
