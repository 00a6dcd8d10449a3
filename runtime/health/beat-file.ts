import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The file that a worker touches while it works, and that `--health` looks at. Its name comes from what is the task's own in the environment, so that
 * tasks that share a host's temporary folder do not share it, and the check, which runs in the same task, finds it.
 */
export function beatFile(env: NodeJS.ProcessEnv): string {
  const task = [
    "ECS_CONTAINER_METADATA_URI_V4",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  ].map((name) => env[name] ?? "");
  const id = createHash("sha256").update(task.join("\n")).digest("hex").slice(0, 16);
  return join(env["CAUSEWAY_HEALTH_FOLDER"] ?? tmpdir(), `causeway-${id}.beat`);
}
