import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { columns, duckdbSource } from "../../../runtime/ledger/columns.ts";
import { folderStore } from "../../../runtime/ledger/folder.ts";
import { Ledger } from "../../../runtime/ledger/ledger.ts";
import { pythonPackages } from "../../support/python-packages.ts";
import { never } from "../../unit/runtime/fakes.ts";
import { owner, record } from "../../unit/runtime/ledger/records.ts";

const run = promisify(execFile);
const DUCKDB = "1.4.1";
/** Prints a query's rows as JSON; numbers as text, as big ones must be. */
const PROGRAM = `import duckdb, json, sys
found = duckdb.sql(sys.argv[1])
text = lambda value: str(value) if isinstance(value, int) else value
print(json.dumps([dict(zip(found.columns, map(text, row))) for row in found.fetchall()]))`;

describe("the ledger as DuckDB reads it", () => {
  let root: string;
  let python: string;

  before(async function () {
    // The first time on a machine it is installed.
    this.timeout(180_000);
    python = join(await pythonPackages(`duckdb-${DUCKDB}`, [`duckdb==${DUCKDB}`]), "python");
    root = await mkdtemp(join(tmpdir(), "causeway-ledger-"));
    const store = folderStore(root);
    let at = Date.UTC(2026, 0, 31, 23, 59, 58);
    const ledger = new Ledger({
      owner,
      worker: "w",
      write: (name, bytes, signal) => store.write(name, bytes, signal),
      signal: never,
      onTrouble: (error) => assert.fail(String(error)),
      flushMs: 1,
      now: () => new Date((at += 1000)),
    });
    const reason = 'HEAD said "no"\n\u0000 — ünïcode 🙂';
    await ledger.record([record("a/1"), record("b\\\t\"'/2", { state: "failed", reason })]);
    await ledger.recordUnchanged({
      target: "az",
      keys: ["c", "🙂"],
      sizes: [1, 2 ** 40],
      run: "r1",
    });
    await ledger.record([record("a/1", { at: "2026-02-01T00:00:00.000Z", state: "held" })]);
  });
  after(() => rm(root, { recursive: true }));

  async function rows(sql: string): Promise<unknown[]> {
    const { stdout } = await run(python, ["-c", PROGRAM, sql]);
    return JSON.parse(stdout) as unknown[];
  }
  const source = (): string => duckdbSource(`${root}/**/*.ndjson.zst`);

  it("has the documented columns, whatever the key, and null where a line says nothing", async () => {
    const all = await rows(
      `select state, key, size, reason, attempts, run from ${source()} order by settled_at, key`,
    );
    assert.deepEqual(all.slice(0, 2), [
      { state: "copied", key: "a/1", size: "3", reason: null, attempts: "1", run: null },
      {
        state: "failed",
        key: "b\\\t\"'/2",
        size: "3",
        reason: 'HEAD said "no"\n\u0000 — ünïcode 🙂',
        attempts: "1",
        run: null,
      },
    ]);
    const unchanged = await rows(
      `select key, size, attempts, run from ${source()} where state = 'unchanged' order by size`,
    );
    assert.deepEqual(unchanged, [
      { key: "c", size: "1", attempts: null, run: "r1" },
      { key: "🙂", size: String(2 ** 40), attempts: null, run: "r1" },
    ]);
    const [described] = await rows(
      `select count(*) as n from (describe select * from ${source()})`,
    );
    // And `dt`, from the folder's name.
    assert.deepEqual(described, { n: String(columns.length + 1) });
  });

  it("answers the documented question: the last line about each key", async () => {
    const doc = await readFile(new URL("../../../docs/ledger.md", import.meta.url), "utf8");
    const sql = /```sql\n-- The last word about each key\n([^`]*)```/.exec(doc)?.[1] ?? "";
    const found = await rows(sql.replace(/'[^']*\.ndjson\.zst'/, `'${root}/**/*.ndjson.zst'`));
    assert.deepEqual(found, [
      { state: "failed", objects: "1", bytes: "3" },
      { state: "held", objects: "1", bytes: "3" },
      { state: "unchanged", objects: "2", bytes: String(2 ** 40 + 1) },
    ]);
  });
});
