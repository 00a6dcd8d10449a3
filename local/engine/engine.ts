import { homedir } from "node:os";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { buildEngine } from "./build.ts";
import { engineAt, engineOnPath } from "./installed.ts";
import { wanted } from "./version.ts";

/** A Pulumi engine on this machine. `root` is what `PulumiCommand.get({ root })` takes: it holds bin/pulumi. */
export interface Engine {
  readonly root: string;
  readonly version: string;
  readonly from: "path" | "cache" | "installer" | "build";
}

export interface EngineSearch {
  /** Folder that keeps an installed or built engine between clones; default: the user's cache folder. */
  readonly cache?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Says what happens, a line at a time; `progress` lines may overwrite one another. */
  readonly report?: (line: string, kind: "step" | "progress") => void;
}

/** No engine was found, could be downloaded, or could be built. The message names the three ways out. */
export class EngineMissing extends Error {
  override readonly name = "EngineMissing";

  constructor(attempts: readonly { readonly way: string; readonly why: string }[]) {
    const tried = attempts.map(({ way, why }) => `  - ${way}: ${why}`).join("\n");
    super(
      `No Pulumi engine (>= ${wanted}, < 4) could be had. Tried:\n${tried}\n` +
        `Any one of these mends it:\n` +
        `  1. put "pulumi" ${wanted} or newer on the PATH (https://www.pulumi.com/docs/install/)\n` +
        `  2. let this machine reach get.pulumi.com, so that it can be installed\n` +
        `  3. install Go (>= 1.25, https://go.dev/dl) and let it reach a module proxy, so that it can be built`,
    );
  }
}

/** Finds, installs or builds an engine, in this order: PATH, our cache, Pulumi's installer, Go module. */
export async function findEngine(search: EngineSearch = {}): Promise<Engine> {
  const env = search.env ?? process.env;
  const report = search.report ?? (() => undefined);
  const root = join(search.cache ?? cacheFolder(env), "pulumi", wanted);

  const present = (await engineOnPath(env, root)) ?? (await engineAt(root, "cache"));
  if (present !== undefined) return present;

  const attempts = [{ way: "on the PATH and in the cache", why: `none >= ${wanted}` }];
  const ways = { installer: () => install(root), build: () => buildEngine(root, env, report) };
  for (const [way, make] of Object.entries(ways)) {
    report(`no Pulumi engine yet: trying the ${way}`, "step");
    try {
      await make();
      const made = await engineAt(root, way as keyof typeof ways);
      if (made !== undefined) return made;
      attempts.push({ way, why: "it ended without a usable bin/pulumi" });
    } catch (error) {
      attempts.push({ way, why: firstLines(error) });
    }
  }
  throw new EngineMissing(attempts);
}

/** `$CAUSEWAY_CACHE`, else the platform's cache folder: outside the work tree, shared by clones. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.CAUSEWAY_CACHE) return env.CAUSEWAY_CACHE;
  return join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "causeway");
}

async function install(root: string): Promise<void> {
  // The installer has no deadline of its own: a network that swallows packets must not hang the start.
  const seconds = 180;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000);
  });
  try {
    await Promise.race([PulumiCommand.install({ root }), late]);
  } finally {
    clearTimeout(timer);
  }
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(0, 3).join(" / ").slice(0, 400);
}
