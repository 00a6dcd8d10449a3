import { execFile } from "node:child_process";
import { join } from "node:path";
import type { OperationRequest } from "./request.ts";

/**
 * Sets secret config values by the engine's standard input. The Automation API would name them in the command's arguments, which every
 * user of the machine can read.
 */
export async function setSecrets(
  request: Pick<OperationRequest, "stack" | "workDir" | "engine">,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const command = request.engine === undefined ? "pulumi" : join(request.engine, "bin", "pulumi");
  for (const [key, value] of Object.entries(secrets)) {
    const args = ["config", "set", "--secret", "--raw", "--non-interactive"];
    await piped(command, [...args, "--stack", request.stack, key], request.workDir, value);
  }
}

function piped(
  command: string,
  args: readonly string[],
  cwd: string,
  input: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { cwd }, (error) => {
      if (error === null) resolve();
      else reject(new Error("The engine did not take a secret config value.", { cause: error }));
    });
    // A command that ends early says why by itself.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
