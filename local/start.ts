import { keepCompiled } from "../runtime/compile-cache.ts";
import { postponeSeldomNeeded } from "../service/automation/postpone.ts";
import type { Causeway } from "./causeway.ts";
import type { Demo, DemoResult } from "./demo/demo.ts";
import { homeFolder } from "./boot/home.ts";
import { Reporter, table } from "./boot/report.ts";
import { writeShellFile } from "./boot/shell-file.ts";

const options = process.argv.slice(2);
const unknown = options.find((option) => option !== "--once");
if (unknown !== undefined) {
  const said = ["-h", "--help"].includes(unknown) ? "" : `Unknown option ${unknown}.\n`;
  console.error(
    `${said}Usage: npm start [-- --once]\n  --once  show the sample, take everything down again, and end`,
  );
  process.exit(said === "" ? 0 : 2);
}
const once = options.includes("--once");
const report = new Reporter();
const abort = new AbortController();

process.on("SIGINT", interrupted);
process.on("SIGTERM", interrupted);

process.exitCode = await main();

async function main(): Promise<number> {
  keepCompiled();
  postponeSeldomNeeded();
  const [{ Causeway }, { Demo }] = await Promise.all([
    import("./causeway.ts"),
    import("./demo/demo.ts"),
  ]);
  let causeway: Causeway | undefined;
  try {
    causeway = await Causeway.start({
      home: homeFolder(),
      awsPort: port("CAUSEWAY_AWS_PORT", 4566),
      azurePort: port("CAUSEWAY_AZURE_PORT", 10000),
      servicePort: port("PORT", 8080),
      issuerPort: port("CAUSEWAY_ISSUER_PORT", 8090),
      report,
      signal: abort.signal,
    });
    const demo = new Demo(causeway, report, abort.signal);
    const result = await demo.run();
    if (result.arrived !== result.wanted) {
      throw new Error(`${result.wanted - result.arrived} objects did not arrive as they are.`);
    }
    if (once) await tearDown(causeway, demo);
    else await stayUp(causeway, result);
    return 0;
  } catch (error) {
    if (abort.signal.aborted) {
      report.step("stopped half-way; the next start goes on from what was built");
      return 130;
    }
    report.plain(`\nCauseway stopped: ${reason(error)}`);
    return 1;
  } finally {
    if (causeway !== undefined) {
      report.step("stopping: the service, its tasks, the clouds");
      await causeway.stop();
      report.step("stopped; the next start goes on from here");
    }
  }
}

async function tearDown(causeway: Causeway, demo: Demo): Promise<void> {
  await demo.tearDown();
  const { seconds } = await causeway.foundation("destroy", abort.signal);
  report.step(`foundation destroyed in ${seconds.toFixed(1)} s`);
  const left = await causeway.clouds.inventory();
  if (left.length > 0) throw new Error(`Left behind in the clouds:\n  ${left.join("\n  ")}`);
  report.step("nothing is left in the clouds");
}

async function stayUp(causeway: Causeway, result: DemoResult): Promise<void> {
  report.plain(hints(causeway, result));
  const interrupt = new Promise<"interrupt">((resolve) => {
    if (abort.signal.aborted) resolve("interrupt");
    abort.signal.addEventListener("abort", () => resolve("interrupt"));
  });
  const ended = await Promise.race([interrupt, causeway.serviceEnded]);
  if (ended !== "interrupt") {
    throw new Error(
      `the service ended by itself with ${String(ended)}; see ${causeway.home}/service.log`,
    );
  }
}

function hints(causeway: Causeway, result: DemoResult): string {
  const { serviceUrl, clouds, egressAddress, home } = causeway;
  const { accessKeyId, secretAccessKey } = result.credentials;
  const { endpoint, region } = clouds.aws;
  const tenantFile = writeShellFile(home, "acme", {
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    CONTAINER_URL: result.containerUrl,
    CONTAINER_SAS: result.sas,
  });
  return `Everything is up; Ctrl-C stops it, and the next start goes on from here. To try:

  # the tenant's own credentials, in another terminal; ${tenantFile} has these lines and the container's SAS
  export AWS_ENDPOINT_URL=${endpoint} AWS_DEFAULT_REGION=${region} AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}
  date > now.txt && aws s3 cp now.txt s3://${result.bucket}/now.txt

  # the same object in Azure, asked for from behind the NAT (${egressAddress}); the account's firewall admits no other address
  . ${tenantFile}; curl "$CONTAINER_URL/now.txt?$CONTAINER_SAS"

  # the operator's credentials: for the service, for both clouds and the engine's state
  . ${home}/operator.env

  # what became of it
  curl -H "Authorization: Bearer $CAUSEWAY_TOKEN" ${serviceUrl}/v1/tenants/acme/pipelines/exports
  curl -H "Authorization: Bearer $CAUSEWAY_TOKEN" ${serviceUrl}/v1/tenants/acme/pipelines/exports/runs
  curl -H "Authorization: Bearer $CAUSEWAY_TOKEN" ${serviceUrl}/v1/operations?tenant=acme
${accounts(causeway)}`;
}

function accounts({ login, serviceUrl }: Causeway): string {
  if (login === undefined) return "";
  const rows = login.accounts.map(({ name, password, what }) => [name, password, what]);
  return `
Demo accounts at ${login.url}, for: causeway login, and for ${serviceUrl} in a browser
${table(["account", "password", "is"], rows)}
`;
}

function interrupted(): void {
  if (abort.signal.aborted) {
    report.plain("\nStopping at once.");
    process.exit(130);
  }
  report.plain("\nStopping; once more to stop at once.");
  abort.abort(new Error("interrupted"));
}

function port(variable: string, standard: number): number {
  const text = process.env[variable];
  if (text === undefined || text === "") return standard;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 65_536) return value;
  report.plain(`${variable}: expected a port from 0 to 65535, got ${JSON.stringify(text)}.`);
  process.exit(1);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code === "ENOSPC"
    ? `the disk is full (${error.message}). Free some room and start again.`
    : error.message;
}
