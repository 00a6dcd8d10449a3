import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

/** Beside the packages that it is made of: whoever may write here may change the code itself. */
const folder = fileURLToPath(new URL("../node_modules/.cache/causeway", import.meta.url));

/** Where Node keeps compiled code, types already stripped: what is loaded after it starts in half the time. A folder that cannot be written costs nothing. */
export const compileCache = process.env["NODE_COMPILE_CACHE"] || folder;

/** For what this process loads from now on; a process's own children are told by NODE_COMPILE_CACHE. */
export function keepCompiled(): void {
  enableCompileCache(compileCache);
}
