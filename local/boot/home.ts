import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const projectRoot = fileURLToPath(new URL("../../", import.meta.url));

/** Where the embedded clouds, the engine's state and the service's database live: `$CAUSEWAY_HOME`, else .causeway/ of the project. */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(projectRoot, env.CAUSEWAY_HOME ?? ".causeway");
}
