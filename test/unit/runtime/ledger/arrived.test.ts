import assert from "node:assert/strict";
import { arrived, type Arrival, type ArrivalQuestion } from "../../../../runtime/ledger/arrived.ts";
import { noTotals } from "../../../../runtime/ledger/books.ts";
import type { LedgerRecord, TerminalState } from "../../../../runtime/ledger/entry.ts";
import {
  BooksOpen,
  closeRun,
  openRun,
  runsOf,
  type OpenedRun,
} from "../../../../runtime/ledger/runs.ts";
import { never } from "../fakes.ts";
import { MemoryStore } from "./memory-store.ts";
import { owner, record } from "./records.ts";

const at = (clock: string): string => `2026-01-31T${clock}:00.000Z`;

function opened(run: string, clock: string, over: Partial<OpenedRun> = {}): OpenedRun {
  const what = { kind: "scan", source: "s3://b", prefix: "", targets: ["az"] } as const;
  return { ...owner, ...what, run, openedAt: at(clock), ...over };
}

function books(run: OpenedRun, copied: number, failed = 0, found = copied + failed) {
  const totals = noTotals();
  totals.objects = copied + failed;
  totals.copied.objects = copied;
  totals.failed.objects = failed;
  const listing = { beganAt: run.openedAt, endedAt: run.openedAt, source: found, targets: 0 };
  return { ...run, found, totals, failures: [], firstAt: null, lastAt: null, listing };
}

describe("has everything arrived?", () => {
  let store: MemoryStore;
  beforeEach(() => (store = new MemoryStore()));

  function line(
    key: string,
    state: TerminalState,
    clock: string,
    over: Partial<LedgerRecord> = {},
  ): void {
    const why =
      state === "failed" || state === "held"
        ? { class: "AccessDenied", action: "s3:GetObject" }
        : {};
    store.ledgerFile([record(key, { state, at: at(clock), ...why, ...over })], at(clock));
  }
  async function scanned(run: string, clock: string, over: Partial<OpenedRun> = {}): Promise<void> {
    await openRun(store, opened(run, clock, over), never);
    await closeRun(store, books(opened(run, clock, over), 1), never);
  }
  function ask(
    prefix: string,
    asOf: string,
    over: Partial<ArrivalQuestion> = {},
  ): Promise<Arrival> {
    return arrived(store, { prefix, asOf: at(asOf), ...over }, never);
  }

  it("yes, when a run has listed the source since and every key ended well", async () => {
    line("in/a", "copied", "10:00");
    await scanned("r1", "11:00");
    line("in/a", "unchanged", "11:01", { run: "r1" });
    const { answer, basis, why } = await ask("in/", "10:30");
    assert.deepEqual([answer, basis.kind], ["yes", "scan"]);
    assert.equal(
      why,
      "run r1 listed the source at 2026-01-31T11:00:00.000Z and every key ended well",
    );
  });

  it("no, with what has not and why, when a key's last line says failed or held", async () => {
    await scanned("r1", "11:00");
    line("in/a", "failed", "11:01");
    line("in/a", "copied", "11:02");
    line("in/b", "held", "11:03");
    line("in/c", "failed", "11:04");
    line("out/d", "failed", "11:05");
    const { answer, notArrived, why } = await ask("in/", "10:30");
    assert.equal(answer, "no");
    assert.equal(why, "2 objects have failed or are held");
    assert.deepEqual(
      notArrived.keys.map(({ key, state }) => [key, state]),
      [
        ["in/b", "held"],
        ["in/c", "failed"],
      ],
    );
    assert.deepEqual(
      notArrived.groups
        .map((group) => [group.state, group.class, group.action, group.objects])
        .sort()
        .reverse(),
      [
        ["held", "AccessDenied", "s3:GetObject", 1],
        ["failed", "AccessDenied", "s3:GetObject", 1],
      ],
    );
    assert.equal((await ask("in/", "10:30", { limit: 1 })).notArrived.keys.length, 1);
  });

  it("unknown, when nobody has listed the source since: no failure seen is no proof", async () => {
    line("in/a", "copied", "10:00");
    assert.deepEqual((await ask("", "10:30")).answer, "unknown");
    await scanned("r1", "10:00");
    const { answer, why } = await ask("", "10:30");
    assert.equal(answer, "unknown");
    assert.equal(why, "the source was last listed at 2026-01-31T10:00:00.000Z, which is earlier");
  });

  it("not by a run that listed another prefix or wrote to another target", async () => {
    await scanned("r1", "11:00", { prefix: "in/2026/" });
    assert.equal((await ask("in/", "10:30")).answer, "unknown");
    assert.equal((await ask("in/2026/01/", "10:30")).answer, "yes");
    assert.equal((await ask("in/2026/01/", "10:30", { target: "other" })).answer, "unknown");
  });

  it("no, while the run that would tell has not closed its books", async () => {
    await openRun(store, opened("r2", "11:00"), never);
    const { answer, why } = await ask("", "10:30");
    assert.equal(answer, "no");
    assert.match(
      why,
      /run r2, begun at .*, has not closed its books: what it has not reached is pending/,
    );
  });

  it("yes by hints, when all that came were settled since", async () => {
    line("in/a", "copied", "10:00");
    assert.equal((await ask("", "10:30", { restedAt: at("10:29") })).answer, "unknown");
    const { answer, basis } = await ask("", "10:30", { restedAt: at("10:31") });
    assert.deepEqual([answer, basis.kind], ["yes", "hints"]);
  });

  it("is not said of what a later event brought", async () => {
    const hint = { messageId: "m", eventName: "e", sequencer: null, receiveCount: 1 };
    line("in/a", "copied", "10:00");
    line("in/a", "failed", "12:00", { hint: { ...hint, eventTime: at("11:59") } });
    assert.equal((await ask("", "11:00", { restedAt: at("12:30") })).answer, "yes");
    assert.equal((await ask("", "12:00", { restedAt: at("12:30") })).answer, "no");
  });

  it("forgets the failures of keys that a whole listing no longer found", async () => {
    line("in/gone", "failed", "09:00");
    assert.equal((await ask("", "08:00")).answer, "no");
    await scanned("r1", "11:00");
    assert.equal((await ask("", "10:30")).answer, "yes");
  });
});

describe("a run's books", () => {
  it("do not close while what was found and what ended differ", async () => {
    const store = new MemoryStore();
    await openRun(store, opened("r1", "10:00"), never);
    const closing = closeRun(store, books(opened("r1", "10:00"), 2, 0, 3), never);
    await assert.rejects(closing, (error: unknown) => {
      assert.ok(error instanceof BooksOpen);
      assert.match(error.message, /3 keys were found, 2 have ended/);
      return true;
    });
    assert.equal((await runsOf(store, never))[0]?.closing, undefined);
  });

  it("are complete only when nothing failed or is held, and are listed with their run", async () => {
    const store = new MemoryStore();
    for (const [run, failed] of [
      ["r1", 0],
      ["r2", 1],
    ] as const) {
      await openRun(store, opened(run, "10:00"), never);
      await closeRun(store, books(opened(run, "10:00"), 2, failed), never);
    }
    await openRun(store, opened("r0", "09:00", { prefix: "in/" }), never);
    const runs = await runsOf(store, never);
    assert.deepEqual(
      runs.map(({ opened: { run, prefix }, closing }) => [run, prefix, closing?.state]),
      [
        ["r0", "in/", undefined],
        ["r1", "", "complete"],
        ["r2", "", "incomplete"],
      ],
    );
  });
});
