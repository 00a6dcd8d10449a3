import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = new URL("../../../", import.meta.url);

/** In a process of its own: what this one has loaded is loaded. */
const program = `
  const { createRequire } = await import("node:module");
  const { postponeSeldomNeeded } = await import("./service/automation/postpone.ts");
  postponeSeldomNeeded();
  const pulumi = await import("@pulumi/pulumi");
  await import("@pulumi/pulumi/automation/index.js");
  const loaded = () => Object.keys(createRequire(import.meta.url).cache).length;
  const before = loaded();
  const one = 1;
  const { text } = await pulumi.runtime.serializeFunction((other) => one + other);
  const paths = await pulumi.runtime.computeCodePaths();
  console.log(JSON.stringify({ before, after: loaded(), text, paths: paths.size }));
`;

describe("what the SDK seldom needs", function () {
  this.timeout(30_000);

  it("is not loaded with it, and is there when it is needed", async () => {
    const args = ["--input-type=module", "--eval", program];
    const { stdout } = await run(process.execPath, args, { cwd: root });
    const told = JSON.parse(stdout) as Record<"before" | "after" | "paths", number> & {
      text: string;
    };
    assert.ok(told.after > told.before + 300, `${told.before} modules, then ${told.after}`);
    assert.match(told.text, /one: 1[^]*one \+ other/);
    assert.ok(told.paths > 10, `${told.paths} packages`);
  });
});
