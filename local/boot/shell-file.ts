import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes what a shell needs, secrets among it, readable by its owner only, as lines for `. FILE`; answers with its path. */
export function writeShellFile(
  home: string,
  who: string,
  env: Readonly<Record<string, string>>,
): string {
  const file = join(home, `${who}.env`);
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  writeFileSync(file, lines.join(""), { mode: 0o600 });
  return file;
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
