import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes what an operator's shell needs, readable by its owner only, as lines for `. FILE`; answers with its path.
 * Written at every start: the providers' ports are new each time.
 */
export function writeOperatorFile(home: string, env: Readonly<Record<string, string>>): string {
  const file = join(home, "operator.env");
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  writeFileSync(file, lines.join(""), { mode: 0o600 });
  return file;
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
