import assert from "node:assert/strict";
import fc from "fast-check";
import { countLast } from "../../../../runtime/ledger/count-last.ts";
import { Encoder } from "../../../../runtime/ledger/encode.ts";
import { states, type LedgerRecord, type TerminalState } from "../../../../runtime/ledger/entry.ts";
import { lastLines } from "../../../../runtime/ledger/last-lines.ts";
import { filesSince, linesOf } from "../../../../runtime/ledger/lines.ts";
import { history, list } from "../../../../runtime/ledger/query.ts";
import { allOf } from "../../../support/all-of.ts";
import { never } from "../fakes.ts";
import { MemoryStore } from "./memory-store.ts";
import { owner, record } from "./records.ts";

const time = (ms: number): string => new Date(Date.UTC(2026, 0, 31) + ms).toISOString();

/** Lines of distinct moments, dealt out to the files of three workers that write at their own pace. */
const histories = fc
  .array(
    fc.record({
      key: fc.constantFrom("a", "b", 'c"\\', "logs/d", "logs/e", "logs/ü🙂", "logs/f", "g"),
      target: fc.constantFrom("az", 's"3'),
      state: fc.constantFrom(...states),
      class: fc.constantFrom("AccessDenied", "InvalidName"),
      worker: fc.nat({ max: 2 }),
      lateBy: fc.nat({ max: 6 }),
    }),
    { maxLength: 40 },
  )
  .map((lines) =>
    lines.map(({ worker, lateBy, state, class: kind, ...rest }, n) => ({
      worker,
      writtenAt: time(n + lateBy),
      record: record(rest.key, {
        ...rest,
        state,
        at: time(n),
        class: state === "failed" || state === "held" ? kind : null,
      }),
    })),
  );

function storeOf(
  lines: { worker: number; writtenAt: string; record: LedgerRecord }[],
): MemoryStore {
  const store = new MemoryStore();
  const files = Map.groupBy(lines, ({ worker, writtenAt }) => `${writtenAt} ${worker}`);
  for (const some of files.values()) {
    const [{ worker, writtenAt } = { worker: 0, writtenAt: "" }] = some;
    store.ledgerFile(
      some.map((one) => one.record),
      writtenAt,
      `w${worker}`,
    );
  }
  return store;
}

/** The rule in the plainest words. */
function plainly(lines: { record: LedgerRecord }[]): LedgerRecord[] {
  const last = new Map<string, LedgerRecord>();
  for (const one of lines)
    last.set(JSON.stringify([one.record.target, one.record.key]), one.record);
  return [...last.values()];
}

const name = ({ target, key, at }: { target: string; key: string; at: string }): string =>
  JSON.stringify([target, key, at]);

describe("the last lines of a ledger", () => {
  it("are those that a map of all keys gives, whatever order files of several workers come in, with room for three", async () => {
    const wanted = fc.subarray([...states], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        histories,
        wanted,
        fc.constantFrom("", "logs/", "x"),
        async (lines, some, prefix) => {
          const store = storeOf(lines);
          const files = await filesSince(store, 0, never);
          const found = await allOf(lastLines(store, files, { prefix, states: some }, never, 3));
          const expected = plainly(lines).filter(
            ({ key, state }) => key.startsWith(prefix) && some.includes(state),
          );
          assert.deepEqual(found.map(name).sort(), expected.map(name).sort());
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are counted by cause, with room for two", async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (lines) => {
        const store = storeOf(lines);
        const files = await filesSince(store, 0, never);
        const { objects, bytes, groups } = await countLast(
          store,
          files,
          { states: ["failed", "held"] },
          never,
          2,
        );
        const bad = plainly(lines).filter(({ state }) => state === "failed" || state === "held");
        assert.deepEqual([objects, bytes], [bad.length, 3 * bad.length]);
        for (const group of groups) {
          const members = bad.filter(
            (one) =>
              one.state === group.state && one.class === group.class && one.target === group.target,
          );
          assert.equal(members.length, group.objects);
          assert.ok(
            members.some(({ key }) => key === group.sample.key),
            "the sample is one of them",
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("of one class, one run or one target can be asked for", async () => {
    const store = new MemoryStore();
    const failed = { state: "failed" as TerminalState, class: "AccessDenied" };
    store.ledgerFile(
      [
        record("a", failed),
        record("b", { ...failed, run: "r1" }),
        record("c", { ...failed, class: "X" }),
        record("a", { target: "t2" }),
      ],
      time(0),
    );
    const keys = async (query: Parameters<typeof list>[1]): Promise<string[]> =>
      (await allOf(list(store, query, never))).map(({ key }) => key);
    assert.deepEqual(await keys({ class: "AccessDenied" }), ["a", "b"]);
    assert.deepEqual(await keys({ run: "r1" }), ["b"]);
    assert.deepEqual(await keys({ target: "t2" }), ["a"]);
  });

  it("are read in one pass while few lines fit", async () => {
    const store = new MemoryStore();
    for (let n = 0; n < 10; n += 1) {
      store.ledgerFile([record(`a${n}`), record(`b${n}`, { state: "failed" })], time(n));
    }
    assert.equal((await allOf(list(store, { states: ["failed"] }, never))).length, 10);
    assert.equal(store.reads, 10);
  });
});

describe("the history of a key", () => {
  it("is every line about it, oldest first, and none about another", async () => {
    const store = new MemoryStore();
    store.ledgerFile([record("k", { at: time(2), state: "copied" }), record("kk")], time(5));
    store.ledgerFile(
      [record("k", { at: time(1), state: "failed" }), record("x", { name: "k" })],
      time(6),
    );
    store.ledgerFile([record("k", { at: time(3), state: "held", target: "t2" })], time(7));
    const states = async (target?: string): Promise<string[]> =>
      (await history(store, "k", target, never)).map(({ state }) => state);
    assert.deepEqual(await states(), ["failed", "copied", "held"]);
    assert.deepEqual(await states("t2"), ["held"]);
  });
});

describe("lines", () => {
  it("are told apart without parsing, whatever their keys say", () => {
    const keys = ['","key":"x","v":2', '"}\n{"state":"failed"', "\\", '\\","v":', "", "plain"];
    const encoder = new Encoder(owner);
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.string({ unit: "binary" }), (odd, any) => {
        const lines = [
          record(odd, { target: any }),
          record(any, { target: odd }),
          record(any + odd),
        ];
        const seen: (string | undefined)[][] = [];
        const text = lines.map((line) => encoder.line(line)).join("");
        linesOf(text, (line) =>
          seen.push([
            JSON.parse(line.target) as string,
            JSON.parse(line.key) as string,
            line.entry()?.key,
          ]),
        );
        assert.deepEqual(
          seen,
          lines.map(({ target, key }) => [target, key, key]),
        );
      }),
    );
  });

  it("of other writers are parsed, and what is none is passed over", () => {
    const seen: string[] = [];
    const other = JSON.stringify({ v: 2, key: "k", target: "t", state: "held", at: time(0) });
    linesOf(`${other}\ntorn{\n\n${other}`, ({ key, state }) => seen.push(`${key} ${state}`));
    assert.deepEqual(seen, ['"k" held', '"k" held']);
  });
});
