import { readdir, readFile, readlink } from "node:fs/promises";
import { join, sep } from "node:path";
import { postgresFolder } from "../../support/postgres.ts";

export interface Seen {
  pid: number;
  /** `task`: a container of the embedded ECS. */
  kind: "service" | "child" | "engine" | "task" | "database" | "other";
}

/** Processes of a world: what has its folder for a home, its tasks, its database's server. Linux only. */
export async function processesOf(home: string): Promise<Seen[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => look(pid, home)));
  return found.filter((seen) => seen !== undefined);
}

async function look(pid: number, home: string): Promise<Seen | undefined> {
  if (pid === process.pid) return undefined;
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => "");
  // Neither inherits the world's environment. (A shell that somebody opened in the world's folder is not the world's.)
  if (place.startsWith(join(home, "images") + sep)) return { pid, kind: "task" };
  if (place.startsWith(join(home, postgresFolder))) return { pid, kind: "database" };
  const environment = (await read("environ")).split("\0");
  if (!environment.includes(`HOME=${home}`)) return undefined;
  const line = (await read("cmdline")).split("\0").join(" ");
  // Gone between the two.
  if (line === "") return undefined;
  return { pid, kind: kindOf(line) };
}

function kindOf(line: string): Seen["kind"] {
  if (line.includes("service/main.ts")) return "service";
  if (line.includes("operations/child.ts")) return "child";
  return /(^|\/)pulumi /.test(line) ? "engine" : "other";
}
