import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.ts";

/**
 * Builds a Go program in a module of its own that requires it: `go install` also asks for the list of versions, which not every module
 * proxy has. Kept, so that a second run is quick.
 */
export function goProgram(name: string, module: string, version: string): string {
  const file = cached("bin", `${name}-${version}`);
  if (existsSync(file)) return file;
  console.error(`Building ${module}@${version} (once) ...`);
  const folder = cached("go", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "go.mod"),
    `module bench\n\ngo 1.22\n\nrequire ${module} ${version}\n`,
  );
  writeFileSync(
    join(folder, "tools.go"),
    `//go:build tools\n\npackage tools\n\nimport _ "${module}"\n`,
  );
  execFileSync("go", ["build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-o", file, module], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, GOFLAGS: "-mod=mod" },
  });
  return file;
}
