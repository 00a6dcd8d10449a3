import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OperationResult } from "../service/automation/request.ts";
import { Access, ownToken } from "./access.ts";
import { subscriptionId } from "./azure/arm/state.ts";
import { Clouds } from "./clouds.ts";
import type { Account } from "./issuer/accounts.ts";
import { findEngine, type Engine } from "./engine/engine.ts";
import { writeShellFile } from "./boot/shell-file.ts";
import { refuseBusyPorts, refuseFullDisk } from "./boot/preflight.ts";
import type { Reporter } from "./boot/report.ts";
import { holdFolder } from "./boot/single-instance.ts";
import { changeFoundation, foundationStack, type FoundationOptions } from "./foundation.ts";
import { ServiceProcess } from "./service-process.ts";

export interface CausewayOptions {
  readonly home: string;
  readonly awsPort: number;
  readonly azurePort: number;
  readonly servicePort: number;
  readonly issuerPort: number;
  readonly report: Reporter;
  readonly signal: AbortSignal;
  /** More for the service's environment, such as CAUSEWAY_QUIET_SECONDS. */
  readonly env?: Record<string, string>;
}

export const environment = "local";

/** The foundation's outputs that this side of the product needs. */
interface FoundationOutputs {
  readonly egressAddress: string;
  readonly azureResourceGroup: string;
  readonly storageAccount: string;
}

interface Parts {
  readonly home: string;
  readonly clouds: Clouds;
  readonly engine: Engine;
  readonly access: Access;
  readonly apiToken: string;
  readonly service: ServiceProcess;
  readonly serviceUrl: string;
  readonly egressAddress: string;
  readonly foundation: FoundationTarget;
  readonly release: () => void;
}

type FoundationTarget = Omit<FoundationOptions, "signal" | "onProgress">;

/** The whole product on one machine: the embedded clouds, a foundation built in them, and the service. */
export class Causeway {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Brings everything up, saying each step; whatever came up is taken down again when a later step fails. */
  static async start(options: CausewayOptions): Promise<Causeway> {
    const undo: (() => Promise<void> | void)[] = [];
    try {
      return new Causeway(await bringUp(options, undo));
    } catch (error) {
      for (const step of undo.reverse()) await step();
      throw error;
    }
  }

  get home(): string {
    return this.#parts.home;
  }

  get clouds(): Clouds {
    return this.#parts.clouds;
  }

  get engine(): Engine {
    return this.#parts.engine;
  }

  get serviceUrl(): string {
    return this.#parts.serviceUrl;
  }

  /** A bearer token for the service: an operator's. */
  get apiToken(): string {
    return this.#parts.apiToken;
  }

  /** Where the demo accounts log in; undefined where the issuer is somebody else's. */
  get login(): { url: string; accounts: readonly Account[] } | undefined {
    return this.#parts.access.issuer;
  }

  /** The NAT's address, from which everything in the private subnets leaves. */
  get egressAddress(): string {
    return this.#parts.egressAddress;
  }

  /** The environment of an operator's shell: credentials, and where the engine keeps state. */
  get operatorEnvironment(): Record<string, string> {
    return this.#parts.foundation.env;
  }

  /** Where Azure is reached from behind the NAT. */
  async azureThroughNat(): Promise<string> {
    return this.clouds.azureFrom(this.egressAddress);
  }

  /** Runs a change of the foundation, as a platform engineer would. */
  async foundation(action: "up" | "destroy", signal: AbortSignal): Promise<OperationResult> {
    const onProgress = () => undefined;
    return changeFoundation(action, { ...this.#parts.foundation, signal, onProgress });
  }

  /** Resolves when the service ends by itself. */
  get serviceEnded(): Promise<number | null> {
    return this.#parts.service.ended;
  }

  async stop(): Promise<void> {
    await this.#parts.service.stop();
    await this.#parts.access.close();
    await this.clouds.close();
    this.#parts.release();
  }
}

async function bringUp(
  options: CausewayOptions,
  undo: (() => Promise<void> | void)[],
): Promise<Parts> {
  const { home, report, signal } = options;
  const release = await holdFolder(home);
  undo.push(release);
  const logFile = join(home, "service.log");
  await ServiceProcess.endLeftover({ logFile });
  await refuseFullDisk(home);
  await refuseBusyPorts(portsOf(options));

  const engine = await findEngine({
    report: (line, kind) => (kind === "step" ? report.step(line) : report.progress(line)),
  });
  report.step(`engine: Pulumi ${engine.version} (${engine.from}: ${engine.root})`);
  signal.throwIfAborted();

  const clouds = await Clouds.start(options);
  undo.push(() => clouds.close());
  report.step(`clouds: AWS ${clouds.aws.endpoint}, Azure Blob ${clouds.azure.endpoint}`);
  signal.throwIfAborted();

  const access = await Access.start({ folder: join(home, "issuer"), port: options.issuerPort });
  undo.push(() => access.close());

  const env = operatorEnvironment(options, clouds);
  const foundation = { home, environment, engine: engine.root, env };
  // It opens its database while the foundation is built, and is ready once that is there.
  const serviceUrl = `http://127.0.0.1:${options.servicePort}`;
  const service = await ServiceProcess.start({
    env: serviceEnvironment(options, env, engine, access),
    url: serviceUrl,
    logFile,
    signal,
  });
  undo.push(() => service.stop());

  const outputs = await buildFoundation(foundation, options);
  const { egressAddress } = outputs;
  await service.ready();
  const apiToken = await access.operatorToken(serviceUrl);
  // At every start: the providers' ports are new each time.
  writeShellFile(home, "operator", {
    ...forShell(env),
    ...azureOperator(clouds, outputs),
    CAUSEWAY_URL: serviceUrl,
    CAUSEWAY_TOKEN: apiToken,
  });
  report.step(`service: ${serviceUrl} (OpenAPI at /openapi.json, log in ${logFile})`);
  const api = { access, apiToken, service, serviceUrl };
  return { home, clouds, engine, ...api, egressAddress, foundation, release };
}

function portsOf(options: CausewayOptions) {
  const host = "127.0.0.1";
  return [
    { what: "the embedded AWS", host, port: options.awsPort, variable: "CAUSEWAY_AWS_PORT" },
    { what: "the embedded Azure", host, port: options.azurePort, variable: "CAUSEWAY_AZURE_PORT" },
    { what: "the service", host, port: options.servicePort, variable: "PORT" },
    { what: "the issuer", host, port: options.issuerPort, variable: "CAUSEWAY_ISSUER_PORT" },
  ];
}

async function buildFoundation(
  foundation: FoundationTarget,
  { report, signal }: CausewayOptions,
): Promise<FoundationOutputs> {
  report.step(`foundation: pulumi up on stack ${foundationStack(environment)}`);
  const onProgress = (line: string) => report.progress(`foundation: ${line}`);
  const { changes, outputs, seconds } = await changeFoundation("up", {
    ...foundation,
    signal,
    onProgress,
  });
  const counts = Object.entries(changes ?? {}).map(([op, count]) => `${count} ${op}`);
  const built = outputs?.values as unknown as FoundationOutputs;
  report.step(
    `foundation: ${counts.join(", ")} in ${seconds.toFixed(1)} s; what leaves the private subnets leaves from ${built.egressAddress}`,
  );
  return built;
}

/** What an operator has in the shell: credentials, and where the engine keeps state. */
function operatorEnvironment({ home }: CausewayOptions, clouds: Clouds): Record<string, string> {
  const state = join(home, "pulumi");
  mkdirSync(state, { recursive: true });
  return {
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? home,
    ...clouds.operatorEnvironment(),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_HOME: join(home, "pulumi-home"),
    PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(home),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

/** A shell keeps its own PATH and HOME, but finds the engine. */
function forShell(env: Record<string, string>): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => !["PATH", "HOME"].includes(name));
  return { ...Object.fromEntries(kept), AWS_DEFAULT_REGION: env.AWS_REGION ?? "" };
}

/** What changes the storage account by ARM's REST, as `curl -X PATCH "$AZURE_ACCOUNT_URL"`. */
function azureOperator({ azure }: Clouds, outputs: FoundationOutputs): Record<string, string> {
  const { azureResourceGroup: group, storageAccount: account } = outputs;
  const path = `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/${account}`;
  return {
    AZURE_ARM_TOKEN: azure.armToken,
    AZURE_ACCOUNT_URL: `${azure.endpoint}${path}?api-version=2024-01-01`,
  };
}

function passphraseFile(home: string): string {
  const file = join(home, "passphrase");
  if (!existsSync(file))
    writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return file;
}

function serviceEnvironment(
  options: CausewayOptions,
  operator: Record<string, string>,
  engine: Engine,
  access: Access,
): Record<string, string> {
  const settings = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      /^(DATABASE_URL|LOG_LEVEL|CAUSEWAY_(HOST|PUBLIC_URL|OPERATIONS|ISSUER|AUDIENCE|CLIENT_ID|WEB_\w+|SESSION_\w+|SCOPE|ROLES_\w+|METRICS_\w+|\w+_SECONDS))$/.test(
        entry[0],
      ),
  );
  const token = ownToken(process.env);
  return {
    ...Object.fromEntries(settings),
    ...operator,
    ...(token === undefined ? {} : { CAUSEWAY_TOKEN: token }),
    ...access.settings,
    CAUSEWAY_HOME: options.home,
    CAUSEWAY_ENVIRONMENT: environment,
    CAUSEWAY_FOUNDATION: foundationStack(environment),
    CAUSEWAY_ENGINE: engine.root,
    PORT: String(options.servicePort),
    // Nothing crosses an ocean here, so a run may close sooner than in the real clouds.
    CAUSEWAY_QUIET_SECONDS: "2",
    CAUSEWAY_LOOK_SECONDS: "0.5",
    CAUSEWAY_REST_SECONDS: "1",
    ...options.env,
  };
}
