import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Brings botocore and boto3 of the same day. */
const AWSCLI = "1.46.2";
const BOTO3 = "1.43.62";

/** Clients that are not Node: the AWS CLI and a Python that has boto3. */
export interface PythonClient {
  /** The `aws` executable. */
  readonly aws: string;
  readonly python: string;
}

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Only one process of a machine installs; the others wait for it this long. */
const PATIENCE_MS = 170_000;

/**
 * The AWS CLI and boto3 in a virtual environment outside the work tree (`~/.cache/causeway/awscli-VERSION`),
 * installed from PyPI the first time.
 * @throws Error that says what is missing when there is no python3 or PyPI cannot be reached
 */
export async function pythonClient(): Promise<PythonClient> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = join(cache, "causeway", `awscli-${AWSCLI}`);
  const client = { aws: join(folder, "bin", "aws"), python: join(folder, "bin", "python") };
  const lock = `${folder}.lock`;
  for (let waited = 0; !existsSync(join(folder, "complete")); waited += 250) {
    if (takeLock(lock)) {
      try {
        if (!existsSync(join(folder, "complete"))) await install(folder);
      } finally {
        rmSync(lock, { recursive: true, force: true });
      }
    } else if (waited > PATIENCE_MS) {
      throw new Error(
        `Another process has been installing the AWS CLI for too long: remove ${lock}.`,
      );
    } else await sleep(250);
  }
  return client;
}

/** Runs one of the clients; resolves to what it printed, rejects with what it complained about. */
export async function runClient(
  command: string,
  args: readonly string[],
  settings: ClientSettings,
): Promise<string> {
  const { stdout } = await run(command, args, {
    env: clientEnvironment(settings),
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** Nothing of this process's own AWS configuration reaches the client. */
export function clientEnvironment(settings: ClientSettings): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: "/nonexistent",
    LANG: "C.UTF-8",
    AWS_ENDPOINT_URL: settings.endpoint,
    AWS_DEFAULT_REGION: settings.region,
    AWS_REGION: settings.region,
    AWS_ACCESS_KEY_ID: settings.accessKeyId,
    AWS_SECRET_ACCESS_KEY: settings.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
    ...(settings.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: settings.sessionToken }),
  };
}

async function install(folder: string): Promise<void> {
  const aside = `${folder}.installing`;
  rmSync(aside, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  try {
    await run("python3", ["-m", "venv", folder]);
    const pip = join(folder, "bin", "pip");
    await run(pip, ["install", "--quiet", `awscli==${AWSCLI}`, `boto3==${BOTO3}`], {
      timeout: PATIENCE_MS,
    });
    mkdirSync(aside);
    renameSync(aside, join(folder, "complete"));
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim();
    throw new Error(
      `The AWS CLI ${AWSCLI} could not be installed from PyPI; it needs python3 with venv and pip, and the network: ${said ?? String(error)}`,
      { cause: error },
    );
  }
}

/** A folder can be made by one process only; one that a dead process left is taken over. */
function takeLock(lock: string): boolean {
  mkdirSync(dirname(lock), { recursive: true });
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > PATIENCE_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
