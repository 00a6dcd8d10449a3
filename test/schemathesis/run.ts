/**
 * Tries the running service with what its own description allows and forbids (Schemathesis, from PyPI), as an operator: no 500 and no
 * answer that is not documented. `npm run test:schemathesis -- --seed 7 --max-examples 50`; arguments go to Schemathesis.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { instanceName } from "../../service/automation/process-tree.ts";
import { startService } from "../../service/service.ts";
import { readSettings } from "../../service/settings.ts";
import { FakeClouds } from "../integration/service/fake-clouds.ts";
import { fakeEngine } from "../integration/service/fake-engine.ts";
import { pythonPackages } from "../support/python-packages.ts";
import { until } from "../support/until.ts";

const release = "4.32.5";
const token = "an-operator-token-of-a-test";
const bin = await pythonPackages(`schemathesis-${release}`, [`schemathesis==${release}`]);
const home = await mkdtemp(join(tmpdir(), "causeway-schemathesis-"));
const config = join(home, "schemathesis.toml");
await cp(new URL("schemathesis.toml", import.meta.url), config);
await mkdir(join(home, "state"));

const env = {
  PATH: process.env.PATH,
  HOME: home,
  PORT: "0",
  LOG_LEVEL: "error",
  CAUSEWAY_HOME: home,
  CAUSEWAY_TOKEN: token,
  CAUSEWAY_REQUESTS_PER_MINUTE: "0",
  CAUSEWAY_FAILED_SIGN_INS_PER_MINUTE: "0",
  CAUSEWAY_CHANGES_PER_MINUTE: "0",
  PULUMI_BACKEND_URL: `file://${join(home, "state")}`,
  PULUMI_CONFIG_PASSPHRASE: "a-passphrase-for-tests",
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "AKIATEST",
  AWS_SECRET_ACCESS_KEY: "not-a-real-secret",
  AWS_ENDPOINT_URL: "http://127.0.0.1:1",
};
const settings = readSettings(env, await instanceName());
const clouds = new FakeClouds();
const places = { queueUrl: "q", ledgerBucket: "q", ledgerPrefix: clouds.of("q").prefix };
const { run } = fakeEngine();
const service = await startService({
  settings,
  env,
  log: pino({ level: settings.logLevel }, pino.destination(2)),
  sources: clouds,
  runEngine: async (request, options) => {
    const result = await run(request, options);
    const values = { ...places, logGroup: "q" };
    return result.outputs === null ? result : { ...result, outputs: { values, secretNames: [] } };
  },
});

/** Something to find: a pipeline that is built, and a run that is open. */
async function prepare(): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const spec = { kind: "copy", source: { type: "s3" }, targets: [{ type: "azure-blob" }] };
  const body = JSON.stringify({ name: "daily-exports", spec });
  const pipelines = `${service.url}/v1/tenants/acme/pipelines`;
  await fetch(pipelines, { method: "POST", headers, body });
  clouds.of("q").waitingHints = 3;
  await until("a run", async () => {
    const answer = await fetch(`${pipelines}/daily-exports/runs`, { headers });
    const { items } = (await answer.json()) as { items?: unknown[] };
    return items?.[0];
  });
}

try {
  await prepare();
  // What rules across fields forbid, and a cursor that no list gave, no schema can tell: such requests are refused, rightly.
  // Its health checks are about how quick it is itself to find data, on this machine at this moment.
  const notAsked = [
    "--suppress-health-check",
    "all",
    "--exclude-checks",
    "positive_data_acceptance",
  ];
  const standard = ["--max-examples", "20", "--workers", "2", "--request-timeout", "20"];
  const schemathesis = spawn(
    join(bin, "schemathesis"),
    [
      ...["--config-file", config, "run", `${service.url}/openapi.json`],
      ...["--header", `Authorization: Bearer ${token}`],
      ...["--checks", "all", "--continue-on-failure", "--report-dir", join(home, "report")],
      ...notAsked,
      ...standard,
      ...process.argv.slice(2),
    ],
    { stdio: "inherit", cwd: home },
  );
  const [code] = (await once(schemathesis, "exit")) as [number | null];
  process.exitCode = code ?? 1;
} finally {
  await service.stop();
  await rm(home, { recursive: true, force: true });
}
