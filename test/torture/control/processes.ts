import { readdir, readFile } from "node:fs/promises";

export interface Seen {
  pid: number;
  kind: "service" | "child" | "engine" | "other";
}

/** Processes that work on a world: those whose environment names its state. Linux only. */
export async function processesOf(backendUrl: string): Promise<Seen[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => look(pid, `PULUMI_BACKEND_URL=${backendUrl}`)));
  return found.filter((seen) => seen !== undefined);
}

async function look(pid: number, variable: string): Promise<Seen | undefined> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
  const environment = (await read("environ")).split("\0");
  if (pid === process.pid || !environment.includes(variable)) return undefined;
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
