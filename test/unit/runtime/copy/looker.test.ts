import assert from "node:assert/strict";
import { Looker } from "../../../../runtime/copy/looker.ts";
import { compileScope } from "../../../../runtime/decide/filter.ts";
import { Interrupted, Postponed } from "../../../../runtime/errors.ts";
import type { Arrival } from "../../../../runtime/events/intake.ts";
import type { LedgerRecord } from "../../../../runtime/ledger/entry.ts";
import { createLog } from "../../../../runtime/log.ts";
import { Problems } from "../../../../runtime/problems.ts";
import { FakeSource, FakeTarget, cloudError, means, placed, type Call } from "../fakes.ts";

function arrival(receiveCount = 1, id = "m1"): Arrival {
  return {
    hint: { key: "k", bucket: "b", eventName: "e", eventTime: null, sequencer: null, size: 4 },
    message: { id, receipt: "r", body: "", receiveCount, receivedAt: new Date() },
  };
}

function onPut(act: () => void): (call: Call) => void {
  return ({ op }) => {
    if (op === "put") act();
  };
}

describe("a look at one key", () => {
  let source: FakeSource;
  let one: FakeTarget;
  let two: FakeTarget;
  let entries: LedgerRecord[];
  let problems: string[];
  let stop: AbortController;
  let looker: Looker;

  beforeEach(() => {
    source = new FakeSource();
    [one, two] = [new FakeTarget(), new FakeTarget()];
    entries = [];
    problems = [];
    stop = new AbortController();
    const write = (line: string): void => {
      const { problem } = JSON.parse(line) as { problem?: { action: string } };
      if (problem !== undefined) problems.push(problem.action);
    };
    const log = createLog({}, { write });
    const ledger = {
      record: (more: readonly LedgerRecord[]) => Promise.resolve(void entries.push(...more)),
    };
    looker = new Looker({
      source,
      targets: [placed(one, { name: "one" }), placed(two, { name: "two", prefix: "in/" })],
      policy: { scope: compileScope(""), deletes: "ignore", writer: "acme/exports" },
      means: means(),
      ledger,
      log,
      problems: new Problems(log),
      receives: 3,
      signal: stop.signal,
    });
  });

  it("settles it on every target, one line of the ledger each", async () => {
    source.put("k", "body");
    const looked = await looker.look("k", [arrival()]);
    assert.equal(looked.again, false);
    assert.deepEqual(
      entries.map(({ target, state, name }) => [target, state, name]),
      [
        ["one", "copied", "k"],
        ["two", "copied", "in/k"],
      ],
    );
  });

  it("that one target refuses fails there, names the action, and arrives at the other", async () => {
    source.put("k", "body");
    one.wire.before = onPut(() => {
      throw cloudError("azure", "blob:PutBlob", "AuthorizationFailure", 403);
    });
    const looked = await looker.look("k", [arrival()]);
    assert.deepEqual(
      entries.map(({ state, class: kind, action }) => [state, kind, action]),
      [
        ["failed", "AuthorizationFailure", "blob:PutBlob"],
        ["copied", null, null],
      ],
    );
    assert.equal(looked.failure?.target, "one");
    assert.deepEqual(problems, ["blob:PutBlob"]);
  });

  it("that meets trouble which may pass is asked for again, until it has been received often enough", async () => {
    source.put("k", "body");
    one.wire.before = onPut(() => {
      throw cloudError("ssm", "ssm:GetParameter", "AccessDenied", 400);
    });
    const first = await looker.look("k", [arrival(1)]);
    assert.equal(first.again, true);
    assert.deepEqual(
      entries.map(({ target }) => target),
      ["two"],
    );
    const last = await looker.look("k", [arrival(2), arrival(3)]);
    assert.equal(last.again, false);
    assert.equal(last.failure?.action, "ssm:GetParameter");
  });

  it("that someone else's lease stops is held, not failed", async () => {
    source.put("k", "body");
    one.wire.before = onPut(() => {
      throw cloudError("azure", "blob:PutBlob", "LeaseIdMissing", 412);
    });
    const looked = await looker.look("k", [arrival()]);
    assert.equal(entries[0]?.state, "held");
    assert.equal(looked.failure, undefined);
    assert.deepEqual(problems, []);
  });

  it("that may not be copied now is held with the reason and waits, however often it was received", async () => {
    source.put("k", "body");
    one.wire.before = onPut(() => {
      throw new Postponed("OutsideWindow", "all", "Nothing is copied by day.");
    });
    const looked = await looker.look("k", [arrival(9)]);
    const [entry] = entries;
    assert.deepEqual(
      [entry?.state, entry?.class, entry?.reason],
      ["held", "OutsideWindow", "Nothing is copied by day."],
    );
    assert.equal(looked.postponed?.class, "OutsideWindow");
    assert.equal(looked.failure, undefined);
  });

  it("that breaks for a reason of ours is tried again, then failed, never lost", async () => {
    source.put("k", "body");
    source.wire.before = () => {
      throw new TypeError("a bug");
    };
    assert.equal((await looker.look("k", [arrival(1)])).again, true);
    assert.equal((await looker.look("k", [arrival(3)])).failure?.class, "Unexpected");
  });

  it("that the worker's end cuts short is interrupted, whatever error that caused", async () => {
    source.put("k", "body");
    one.wire.before = onPut(() => {
      stop.abort();
      throw cloudError("azure", "blob:PutBlob", "Network", 0);
    });
    await assert.rejects(looker.look("k", [arrival()]), Interrupted);
    assert.deepEqual(entries, []);
  });

  it("for several hints is written down once, with the newest of them", async () => {
    source.put("k", "body");
    await looker.look("k", [arrival(1, "m1"), arrival(1, "m2")]);
    assert.equal(entries.length, 2);
    assert.equal(entries[0]?.hint?.messageId, "m2");
  });
});
