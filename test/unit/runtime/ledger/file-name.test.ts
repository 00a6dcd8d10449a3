import assert from "node:assert/strict";
import fc from "fast-check";
import { fileName, keyFrom, timeOf } from "../../../../runtime/ledger/file-name.ts";

const moment = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2099, 0) });

describe("names of ledger files", () => {
  it("sort as their times do, over days and prefixes, so that a listing can start at a time", () => {
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        const file = `ledger/acme/exports/${fileName(new Date(b), "ab12", 7)}`;
        assert.equal(keyFrom("ledger/acme/exports/", a) < file, a <= b);
        assert.equal(timeOf(file), b);
      }),
    );
  });

  it("say day, moment, worker and format", () => {
    const name = fileName(new Date("2026-01-31T23:59:59.123Z"), "ab12", 7);
    assert.equal(name, "dt=2026-01-31/20260131T235959123Z-ab12-7.ndjson.zst");
  });

  it("are still read in the first format, and nothing else is taken for one", () => {
    const first = "ledger/acme/exports/dt=2026-11-21/20261121T000000000Z-w-1.ndjson.gz";
    assert.equal(timeOf(first), Date.UTC(2026, 10, 21));
    assert.equal(timeOf(`${first}.part`), undefined);
    assert.equal(timeOf("ledger/acme/exports/dt=2026-11-21/_SUCCESS"), undefined);
    assert.equal(timeOf("ledger/acme/exports/20261121T000000000Z-w-1.ndjson.zst"), undefined);
  });
});
