import assert from "node:assert/strict";
import fc from "fast-check";
import { keyFrom, timeOf } from "../../../service/runs/ledger-keys.ts";
import { parseProblem } from "../../../service/runs/clouds.ts";

const moment = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2099, 0) });

describe("ledger keys", () => {
  it("sort as their times do, over days and prefixes, so that a listing can start at a time", () => {
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        const file = `${keyFrom("ledger/acme/exports/", b)}-worker-1-000001.ndjson.gz`;
        assert.equal(keyFrom("ledger/acme/exports/", a) < file, a <= b);
        assert.equal(timeOf(file), b);
      }),
    );
  });

  it("take nothing else for a ledger file", () => {
    assert.equal(timeOf("ledger/acme/exports/dt=2026-11-21/_SUCCESS"), undefined);
    assert.equal(timeOf("ledger/acme/exports/20261121T000000000Z-w-1.ndjson.gz"), undefined);
  });
});

describe("a worker's log line", () => {
  it("is a problem only when it reports one", () => {
    const problem = {
      class: "AccessDenied",
      action: "s3:GetObject",
      resource: "arn",
      message: "no",
    };
    assert.deepEqual(parseProblem(JSON.stringify({ level: 50, problem })), problem);
    assert.equal(parseProblem('{"level":30,"msg":"a problem"}'), undefined);
    assert.equal(parseProblem("not json, but a problem"), undefined);
  });
});
