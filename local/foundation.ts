import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stackConfig } from "../infra/config.ts";
import type { OperationResult } from "../service/automation/request.ts";
import { spawnOperation } from "../service/automation/run-operation.ts";

export interface FoundationOptions {
  readonly home: string;
  readonly environment: string;
  readonly engine: string;
  /** The operator's environment: credentials, backend, passphrase, providers. */
  readonly env: Record<string, string>;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/** The foundation could not be built or taken down; the message is the engine's cause and remedy. */
export class FoundationFailed extends Error {
  override readonly name = "FoundationFailed";
}

export function foundationStack(environment: string): string {
  return `foundation-${environment}`;
}

/** What a platform engineer does with `pulumi up` (or `destroy`) on the foundation's stack. */
export async function changeFoundation(
  action: "up" | "destroy",
  options: FoundationOptions,
): Promise<OperationResult> {
  const workDir = join(options.home, "foundation");
  await mkdir(workDir, { recursive: true });
  let done = 0;
  const result = await spawnOperation(
    {
      stack: foundationStack(options.environment),
      action,
      // What was changed by hand is put back.
      refresh: action === "up",
      config: { ...stackConfig({ environment: options.environment, foundation: {} }) },
      workDir,
      engine: options.engine,
    },
    {
      env: options.env,
      signal: options.signal,
      onEvent: (event) => {
        if (event.kind === "resource" && event.status === "done") {
          done += 1;
          options.onProgress(`${done} resources: ${event.op} ${event.type} ${event.name}`);
        }
      },
    },
  );
  if (result.outcome === "succeeded") return result;
  const { message, remedy } = result.failure ?? { message: "no cause was given", remedy: "" };
  throw new FoundationFailed(
    `The foundation's ${action} ${result.outcome === "cancelled" ? "was cancelled" : "failed"}: ${message} ${remedy}`,
  );
}
