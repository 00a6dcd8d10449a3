import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Exit } from "../../../cli/exit.ts";
import { runProgram, type Actions } from "../../../cli/program.ts";
import { reference } from "./reference.ts";

const docs = readFileSync(join(import.meta.dirname, "../../../docs/cli.md"), "utf8");

async function helpOf(...command: string[]): Promise<string> {
  let text = "";
  const nothing = (): Promise<Exit> => Promise.resolve(Exit.done);
  const actions: Actions = {
    copy: nothing,
    compare: nothing,
    ledger: nothing,
    platform: nothing,
  };
  const exit = await runProgram([...command, "--help"], actions, {
    out: (part) => (text += part),
    err: (part) => (text += part),
  });
  assert.equal(exit, Exit.done);
  return text;
}

describe("docs/cli.md", () => {
  for (const command of ["copy", "compare"]) {
    it(`names every option of ${command}`, async () => {
      const options = (await helpOf(command)).match(/--[a-z][a-z-]+/g) ?? [];
      assert.ok(options.length > 15);
      const missing = options.filter((option) => option !== "--help" && !docs.includes(option));
      assert.deepEqual(missing, []);
    });
  }

  it("names every question to the ledger and every exit code", async () => {
    const help = await helpOf("ledger");
    for (const question of ["runs", "totals", "list", "why", "arrived"]) {
      assert.ok(help.includes(question) && docs.includes(`causeway ledger ${question}`));
    }
    for (const code of Object.values(Exit))
      assert.match(docs, new RegExp(`^\\| ${code} +\\|`, "m"));
  });

  it("describes the commands of the platform as they are", () => {
    const { there, wanted } = reference();
    assert.equal(there, wanted, "UPDATE_DOCS=1 mocha test/unit/cli/docs.test.ts writes it anew");
  });
});
