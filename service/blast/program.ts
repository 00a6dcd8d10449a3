import { access, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { invalid } from "../http/endpoint.ts";

const ourModules = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** Where programs lie that somebody wants to see the effect of: `<home>/programs/<name>/infra/program.ts`. */
export function programsFolder(home: string): string {
  return join(home, "programs");
}

/**
 * The module of such a program. It gets the packages of this service, of which the SDK may be there only once.
 * @throws RequestProblem when there is none of that name.
 */
export async function programNamed(home: string, name: string): Promise<string> {
  const folder = programsFolder(home);
  const module = join(folder, name, "infra", "program.ts");
  try {
    await access(module);
  } catch {
    const detail = `Expected the name of a program that lies in ${folder}: a copy of the repository's infra folder, as ${name}/infra. There is none.`;
    throw invalid([{ in: "body", pointer: "/program", detail }]);
  }
  await symlink(ourModules, join(folder, "node_modules")).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  return module;
}
