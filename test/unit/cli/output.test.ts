import assert from "node:assert/strict";
import { Breaker } from "../../../cli/copy/breaker.ts";
import { objectsInFlight } from "../../../cli/copy/in-flight.ts";
import { commandAgain } from "../../../cli/copy/summary.ts";
import { tellRecord } from "../../../cli/copy/tell.ts";
import { BadUsage } from "../../../cli/errors.ts";
import { readCommon, readCopy, type OutputOptions } from "../../../cli/options.ts";
import { Output } from "../../../cli/run/output.ts";
import { newRunId } from "../../../cli/run/ledger-place.ts";
import { withTier } from "../../../cli/run/tier.ts";
import { mappingOf } from "../../../runtime/decide/mapping.ts";
import { timeInScope, compileScope } from "../../../runtime/decide/filter.ts";
import type { LedgerRecord } from "../../../runtime/ledger/entry.ts";
import { Pace, paced } from "../../../runtime/pace/pace.ts";
import { keepSecret } from "../../../runtime/secrets.ts";

const usual: OutputOptions = { json: false, quiet: false, logLevel: "info" };

function streams(isTTY: boolean) {
  const said = { out: "", err: "" };
  const out = { isTTY, columns: 80, write: (text: string) => (said.out += text) };
  const err = { isTTY, columns: 80, write: (text: string) => (said.err += text) };
  return { said, streams: { out, err } };
}

describe("what a command says", () => {
  const event = { event: "note", note: "n" } as const;

  it("is words and a display on a terminal", () => {
    const { said, streams: to } = streams(true);
    const output = new Output(usual, {}, to);
    output.draw(["50 %"]);
    output.tell("info", event, "words");
    output.end({ event: "end" }, ["all", "done"], false);
    assert.ok(output.live);
    assert.equal(said.out, "50 %\n\u001b[1A\u001b[0Jwords\nall\ndone\n");
    assert.equal(said.err, "");
  });

  it("is JSON lines elsewhere, with words on stderr at the end only", () => {
    const { said, streams: to } = streams(false);
    const output = new Output(usual, {}, to);
    output.draw(["50 %"]);
    output.tell("info", event, "words");
    output.end({ event: "end", exit: 0 }, ["done"], false);
    const lines = said.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    assert.deepEqual(
      lines.map((line) => line.event),
      ["note", "end"],
    );
    assert.equal(said.err, "done\n");
  });

  it("has no colour where NO_COLOR is set or the terminal is dumb", () => {
    const { streams: to } = streams(true);
    assert.equal(new Output(usual, {}, to).color, true);
    assert.equal(new Output(usual, { NO_COLOR: "1" }, to).color, false);
    assert.equal(new Output(usual, { TERM: "dumb" }, to).live, false);
  });

  it("is only what went wrong when it is to be quiet", () => {
    const { said, streams: to } = streams(true);
    const output = new Output({ ...usual, quiet: true }, {}, to);
    output.tell("info", event, "fine");
    output.tell("error", event, "wrong");
    output.end({ event: "end" }, ["fine"], false);
    assert.deepEqual(said, { out: "", err: "wrong\n" });
  });

  it("never holds a secret, in words or in JSON", () => {
    keepSecret("sekrit/+secret==");
    for (const isTTY of [true, false]) {
      const { said, streams: to } = streams(isTTY);
      const output = new Output(usual, {}, to);
      output.tell("error", { event: "problem", problem: "sekrit/+secret==" }, "sekrit/+secret==");
      output.end({ event: "end" }, ["https://a/b?sig=abcdefgh1234"], true);
      assert.doesNotMatch(said.out + said.err, /sekrit|abcdefgh/);
    }
  });

  it("follows the log level", () => {
    const { said, streams: to } = streams(false);
    const output = new Output({ ...usual, logLevel: "error" }, {}, to);
    output.tell("warn", event, "w");
    output.tell("error", event, "e");
    assert.equal(said.out.trim().split("\n").length, 1);
  });

  it("names each object that failed, others only for debugging", () => {
    for (const [logLevel, count] of [
      ["info", 1],
      ["debug", 2],
    ] as const) {
      const { said, streams: to } = streams(false);
      const output = new Output({ ...usual, logLevel }, {}, to);
      tellRecord(record("failed", "AccessDenied"), output);
      tellRecord(record("copied", null), output);
      assert.equal(said.out.trim().split("\n").length, count);
    }
  });
});

describe("options", () => {
  it("are read once, with their defaults", () => {
    const options = readCopy(
      { by: "url", rate: "50MB/s", maxDelete: "5%", mirror: true, watch: true },
      0,
    );
    assert.equal(options.by, "url");
    assert.equal(options.rate?.otherwise, 50e6);
    assert.deepEqual(options.maxDelete, { percent: 5 });
    assert.equal(options.watch, 60_000);
    assert.equal(options.trust, "checksum");
    assert.equal(readCopy({}, 0).by, "auto");
  });

  for (const [what, raw] of [
    ["a cap without --mirror", { maxDelete: "5%" }],
    ["a dry run that watches", { dryRun: true, watch: "5m" }],
    ["too little memory", { memory: "1MiB" }],
    ["a run's name that is a path", { runId: "../x" }],
    ["an unknown way", { by: "magic" }],
  ] as const) {
    it(`refuse ${what}`, () => assert.throws(() => readCopy(raw, 0), BadUsage));
  }

  it("take moments as how long ago or as dates", () => {
    const now = Date.parse("2026-01-08T00:00:00Z");
    const { filter } = readCommon({ newerThan: "7d", olderThan: "2026-01-05" }, now);
    const scope = {
      ...compileScope(""),
      ...filter,
      include: [],
      exclude: [],
      minSize: 0,
      maxSize: Infinity,
    };
    const taken = [
      "2025-12-31T23:59:59Z",
      "2026-01-01T00:00:00Z",
      "2026-01-04T23:59:59Z",
      "2026-01-05T00:00:00Z",
    ];
    assert.deepEqual(
      taken.map((at) => timeInScope(at, scope).in),
      [false, true, true, false],
    );
    assert.equal(timeInScope(Date.parse("2026-01-02"), scope).in, true);
  });
});

describe("a run", () => {
  it("is stopped when everything is refused, and not when anything went well", () => {
    let stopped = 0;
    const hopeless = new Breaker(() => (stopped += 1));
    for (let index = 0; index < 150; index += 1)
      hopeless.record(record("failed", "AuthorizationFailure"));
    assert.equal(stopped, 1);
    assert.match(hopeless.why ?? "", /Everything is refused\. because/);
    const mixed = new Breaker(() => (stopped += 1));
    mixed.record(record("copied", null));
    for (let index = 0; index < 150; index += 1)
      mixed.record(record("failed", "AuthorizationFailure"));
    const others = new Breaker(() => (stopped += 1));
    for (let index = 0; index < 150; index += 1)
      others.record(record("failed", "ChecksumMismatch"));
    assert.equal(stopped, 1);
  });

  it("has so many objects in flight as its origins serve, and a few more", () => {
    const pace = new Pace({ bounds: { start: 100, floor: 2, cap: 100 } });
    const objects = objectsInFlight(pace, { now: () => 0, busy: () => 0 });
    assert.equal(objects(), 48);
    keepInFlight(pace, "http://full", 150);
    keepInFlight(pace, "http://idle", 40);
    // Fifty of them wait and count for nothing.
    assert.equal(askedOften(objects), 100 + 88 + 8);
  });

  it("has fewer objects in flight where its own process is the narrow place, and more again where it is not", () => {
    const pace = new Pace({ bounds: { start: 300, floor: 2, cap: 300 } });
    const time = { ms: 0, busy: 1 };
    const objects = objectsInFlight(pace, { now: () => (time.ms += 10), busy: () => time.busy });
    keepInFlight(pace, "http://a", 300);
    assert.equal(objects(), 308);
    assert.equal(askedOften(objects), 48);
    time.busy = 0.95;
    assert.equal(askedOften(objects), 48);
    time.busy = 0.5;
    assert.equal(askedOften(objects), 308);
  });

  it("has a name that sorts by time", () => {
    assert.equal(
      newRunId(new Date("2026-11-21T10:45:00.123Z"), () => 0.5),
      "20261121T104500Z-8000",
    );
  });

  it("is done again by what was typed, quoted, without a SAS", () => {
    const argv = [
      "copy",
      "s3://b/it's here/",
      "https://a.blob.core.windows.net/c/?sv=1&sig=secret",
      "--mirror",
    ];
    assert.equal(
      commandAgain(argv),
      `causeway copy 's3://b/it'\\''s here/' 'https://a.blob.core.windows.net/c/?SAS' --mirror`,
    );
  });

  it("puts all objects into the tier that was named", () => {
    const mapping = withTier(mappingOf("azure-blob", { prefix: "in/", writer: "w" }), "Cool");
    const mapped = mapping.properties({
      key: "k",
      pin: { etag: "e", text: "e" },
      size: 1,
      modified: "2026-01-01T00:00:00.000Z",
      content: {},
      metadata: {},
    });
    assert.ok(mapped.ok);
    assert.equal(mapped.properties.tier, "Cool");
    assert.deepEqual(mapping.name("k"), { ok: true, name: "in/k", encoded: false });
    assert.equal(mapping.key("in/k"), "k");
  });
});

function record(state: LedgerRecord["state"], kind: string | null): LedgerRecord {
  return {
    at: "2026-01-01T00:00:00.000Z",
    target: "target",
    key: "key",
    state,
    reason: kind === null ? null : "because",
    class: kind,
    action: null,
    pin: null,
    size: 1,
    how: null,
    checksum: null,
    name: null,
    startedAt: "2026-01-01T00:00:00.000Z",
    seconds: 0,
    attempts: 1,
  };
}

function keepInFlight(pace: Pace, origin: string, requests: number): void {
  const send = paced(() => new Promise(() => undefined), pace);
  const { signal } = new AbortController();
  for (let count = 0; count < requests; count += 1) {
    void send({ method: "GET", origin, path: "/", headers: {}, signal });
  }
}

function askedOften(objects: () => number): number {
  for (let count = 0; count < 2000; count += 1) objects();
  return objects();
}
