import { spawn } from "node:child_process";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { wanted } from "./version.ts";

const moduleFolder = fileURLToPath(new URL("module/", import.meta.url));
const command = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const versionSymbol = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/**
 * Builds the engine from its Go module (go.mod and go.sum are in module/, so every download is checked).
 * About 3 minutes on 2 cores. Written aside and renamed, so that a broken build leaves nothing to find.
 * Throws when Go is missing, cannot reach a proxy, or the disk is full.
 */
export async function buildEngine(
  root: string,
  env: NodeJS.ProcessEnv,
  report: (line: string, kind: "step" | "progress") => void,
): Promise<void> {
  report(`building the Pulumi engine ${wanted} from its Go module (about 3 minutes)`, "step");
  const began = Date.now();
  const seconds = () => Math.round((Date.now() - began) / 1000);
  const deadline = AbortSignal.timeout(30 * 60_000);

  const packages = await resolvePackages(env, deadline, (modules) => {
    report(`downloading modules: ${modules}, ${seconds()} s`, "progress");
  });
  const executable = join(root, "bin", "pulumi");
  const aside = `${executable}.${process.pid}`;
  await mkdir(dirname(executable), { recursive: true });
  try {
    let compiled = 0;
    await go(buildArguments(aside), { env, signal: deadline }, () => {
      compiled += 1;
      report(`compiling: ${compiled} of ${packages} packages, ${seconds()} s`, "progress");
    });
    await rename(aside, executable);
  } finally {
    await rm(aside, { force: true });
  }
  report(`built the Pulumi engine in ${seconds()} s: ${executable}`, "step");
}

function buildArguments(output: string): string[] {
  const flags = `-s -w -X ${versionSymbol}=v${wanted}`;
  return ["build", "-v", "-trimpath", "-ldflags", flags, "-o", output, command];
}

/**
 * Downloads what the engine needs (and no more: "go mod download" would fetch every module that any
 * of its dependencies names) and counts the packages to compile.
 */
async function resolvePackages(
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  onDownload: (modules: number) => void,
): Promise<number> {
  let modules = 0;
  let packages = 0;
  await go(["list", "-deps", command], { env, signal }, (line) => {
    if (line.startsWith("go: downloading ")) onDownload((modules += 1));
    else packages += 1;
  });
  return packages;
}

async function go(
  args: string[],
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
  onLine: (line: string) => void,
): Promise<void> {
  const child = spawn("go", args, {
    cwd: moduleFolder,
    env: { ...env, GOWORK: "off" },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      tail.push(line);
      if (tail.length > 20) tail.shift();
      onLine(line);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new Error('no "go" on the PATH') : error),
    );
    child.once("close", resolve);
  });
  if (code === 0) return;
  const said = tail.filter((line) => !line.startsWith("#")).slice(-3);
  throw new Error(`go ${args[0] ?? ""} ended with ${String(code)}: ${said.join(" / ")}`);
}
