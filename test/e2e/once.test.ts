import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../support/free-ports.ts";

describe("npm start -- --once", () => {
  let home: string;
  before(async () => (home = await mkdtemp(join(tmpdir(), "causeway-once-"))));
  after(() => rm(home, { recursive: true, force: true }));

  it("copies every sample, finds each equal in Azure, takes everything down and ends with 0", async () => {
    const { code, output } = await start(["--once"], await environment(home));
    assert.equal(code, 0, output);
    const [, arrived, wanted] =
      /(\d+) of (\d+) objects, .* arrived and verified/.exec(output) ?? [];
    assert.ok(Number(wanted) >= 70, output);
    assert.equal(arrived, wanted);
    for (const line of [
      /large\/generated\.bin +200\.0 MiB +copied.* equal$/m,
      /reports\/Q3 summary \(final\)\.csv .* equal$/m,
      /übersicht\/größen-日本語\.json .* equal$/m,
      /a\+b\/c\+d & e=f\.csv .* equal$/m,
      /landing\/_SUCCESS +0 B +copied.* equal$/m,
      /datasets\/flights-3m\.parquet .* equal$/m,
      /closed complete/,
      /nothing is left in the clouds/,
    ]) {
      assert.match(output, line);
    }
  });

  it("says which port is busy, and leaves no lock behind", async () => {
    const env = await environment(home);
    const { createServer } = await import("node:net");
    const other = createServer().listen(Number(env.PORT), "127.0.0.1");
    const busy = await start(["--once"], env);
    other.close();
    assert.equal(busy.code, 1, busy.output);
    assert.match(busy.output, new RegExp(`Port ${env.PORT} .* the service, is in use`));
    const wrong = await start(["--once"], { ...env, CAUSEWAY_AWS_PORT: "x" });
    assert.match(wrong.output, /expected a port/);
    const unknown = await start(["--onec"], env);
    assert.deepEqual([unknown.code, unknown.output.includes("Unknown option --onec")], [2, true]);
  });
});

async function environment(home: string): Promise<Record<string, string>> {
  const [aws, azure, service, issuer] = await freePorts(4);
  return {
    ...(process.env as Record<string, string>),
    CAUSEWAY_HOME: home,
    CAUSEWAY_AWS_PORT: String(aws),
    CAUSEWAY_AZURE_PORT: String(azure),
    PORT: String(service),
    CAUSEWAY_ISSUER_PORT: String(issuer),
  };
}

function start(
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["local/start.ts", ...args], { env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}
