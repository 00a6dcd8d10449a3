import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { athenaTable, columns, duckdbSource } from "../../../../runtime/ledger/columns.ts";

describe("what docs/ledger.md tells", () => {
  it("is what the code writes: the table for Athena, every column, the one line for DuckDB", async () => {
    const doc = await readFile(new URL("../../../../docs/ledger.md", import.meta.url), "utf8");
    assert.ok(doc.includes(athenaTable("ledger", "s3://LEDGER-BUCKET/ledger/TENANT/PIPELINE/")));
    assert.ok(doc.includes(duckdbSource("~/.local/state/causeway/runs/**/*.ndjson.zst")));
    for (const { name, about } of columns) {
      const row = doc.split("\n").find((line) => line.startsWith(`| \`${name}\``));
      assert.ok(row?.includes(`| ${about}`), `${name} is not described as in columns.ts`);
    }
  });
});
