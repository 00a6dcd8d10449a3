import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkBeat, startBeat } from "../../../../runtime/health/beat.ts";
import { healthOf } from "../../../../runtime/health/health.ts";

const totals = { copied: 0, unchanged: 0, deleted: 0, skipped: 0, held: 0, failed: 0, bytes: 0 };

describe("a worker's health", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "causeway-beat-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("is told by a file that is fresh, and no longer when the worker has gone", () => {
    const file = join(folder, "beat");
    assert.equal(checkBeat(file).exitCode, 1);
    const health = () => ({ status: "ok" as const, messagesInFlight: 0, totals });
    const end = startBeat(file, health, (error) => {
      throw error;
    });
    assert.equal(checkBeat(file).exitCode, 0);
    assert.equal(checkBeat(file, Date.now() + 31_000).exitCode, 1);
    end();
    assert.equal(checkBeat(file).exitCode, 1);
  });

  it("is bad when pollers hang with nothing in hand, not when long copies keep them waiting", () => {
    const facts = { stopping: false, lastTurn: 0, inFlight: 0, totals };
    assert.equal(healthOf(facts, 60_000).status, "ok");
    assert.equal(healthOf(facts, 121_000).status, "hanging");
    assert.equal(healthOf({ ...facts, inFlight: 1 }, 121_000).status, "ok");
  });

  it("is told of trouble with its file once, and goes on", () => {
    const troubles: unknown[] = [];
    const health = () => ({ status: "ok" as const, messagesInFlight: 0, totals });
    startBeat(join(folder, "no", "such", "folder"), health, (error) => troubles.push(error))();
    assert.equal(troubles.length, 1);
  });
});
