import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { pythonPackages } from "./python-packages.ts";

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

/**
 * The AWS CLI and boto3 in a virtual environment outside the work tree (`~/.cache/causeway/awscli-VERSION`),
 * installed from PyPI the first time.
 * @throws Error that says what is missing when there is no python3 or PyPI cannot be reached
 */
export async function pythonClient(): Promise<PythonClient> {
  const packages = [`awscli==${AWSCLI}`, `boto3==${BOTO3}`];
  const bin = await pythonPackages(`awscli-${AWSCLI}`, packages);
  return { aws: join(bin, "aws"), python: join(bin, "python") };
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
