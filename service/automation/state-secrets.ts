import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectName, qualified } from "./project.ts";
import type { OperationRequest } from "./request.ts";
import { isSecret, plaintextOf } from "./secret-mark.ts";

const run = promisify(execFile);

const largestState = 512 * 1024 * 1024;

/** A stack's state cannot be read or decrypted; the message is the engine's. */
export class StateUnreadable extends Error {
  override readonly name = "StateUnreadable";
}

/**
 * A stack's state as it is now, its secrets in plaintext. What an operation is about to replace is secret still (pulumi/pulumi#9330),
 * and the engine's words may quote it, so this is asked before the engine runs. Undefined, when there is no such stack yet.
 * @throws StateUnreadable when it cannot be decrypted: an operation that could not hide what it holds must not begin.
 */
export async function exportedState(
  request: Pick<OperationRequest, "stack" | "workDir" | "engine">,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const command = request.engine === undefined ? "pulumi" : join(request.engine, "bin", "pulumi");
  const folder = join(request.workDir, "before");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "Pulumi.yaml"), `name: ${projectName}\nruntime: nodejs\n`);
  const about = ["--stack", qualified(request.stack), "--non-interactive"];
  try {
    const { stdout } = await run(command, ["stack", "export", "--show-secrets", ...about], {
      cwd: folder,
      env,
      maxBuffer: largestState,
    });
    return stdout;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? "";
    if (/no stack named|stack .* not found/i.test(said)) return undefined;
    throw said === "" ? error : new StateUnreadable(said, { cause: error });
  }
}

/** The plaintexts in an exported state. */
export function secretsIn(state: string | undefined): unknown[] {
  if (state === undefined) return [];
  const found: unknown[] = [];
  JSON.parse(state, (_, value: unknown) => {
    const plaintext = isSecret(value) ? plaintextOf(value) : undefined;
    if (plaintext !== undefined) found.push(plaintext);
    return value;
  });
  return found;
}

/** How a stack's secrets are encrypted, in the words of its settings file. */
export type StackEncryption =
  { secretsProvider: string; encryptedKey: string } | { encryptionSalt: string };

/** The engine wants it in the settings file and does not take it from the state, where it is as well. Undefined: a Pulumi service's own, or no stack. */
export function encryptionIn(state: string | undefined): StackEncryption | undefined {
  const { deployment } = JSON.parse(state ?? "{}") as { deployment?: Deployment | null };
  return encryptionOf(deployment?.secrets_providers);
}

export function encryptionOf(providers: SecretsProviders | undefined): StackEncryption | undefined {
  const { type, state } = providers ?? {};
  const { url, encryptedkey, salt } = state ?? {};
  if (type === "cloud" && url !== undefined && encryptedkey !== undefined)
    return { secretsProvider: url, encryptedKey: encryptedkey };
  return type === "passphrase" && salt !== undefined ? { encryptionSalt: salt } : undefined;
}

interface Deployment {
  secrets_providers?: SecretsProviders;
}

/** As states have it, exported or not. */
export interface SecretsProviders {
  type?: string;
  state?: { url?: string; encryptedkey?: string; salt?: string };
}
