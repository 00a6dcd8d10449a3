import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const causeway = join(import.meta.dirname, "../../../cli/causeway");

describe("a reader that goes away", () => {
  for (const command of ["--help", "copy --help", "completion bash"]) {
    it(`is no error to causeway ${command}`, async function () {
      this.timeout(60_000);
      const script = `set -o pipefail; '${causeway}' ${command} | head -c 1 >/dev/null`;
      const { stderr } = await run("bash", ["-c", script]);
      assert.equal(stderr, "");
    });
  }

  it("has colours on a terminal, unless it does not want them", async function () {
    this.timeout(60_000);
    const onTerminal = async (env: string): Promise<string> => {
      const inner = `${env} '${causeway}' doctor --url http://127.0.0.1:39998`;
      const { stdout } = await run("script", ["-qec", `${inner} || true`, "/dev/null"], {
        env: { PATH: "/usr/bin:/bin", HOME: "/tmp", TERM: "xterm" },
      });
      return stdout;
    };
    assert.ok((await onTerminal("")).includes("\u001b[31m"));
    assert.ok(!(await onTerminal("NO_COLOR=1")).includes("\u001b["));
  });
});
