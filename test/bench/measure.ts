import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { shellPrelude } from "./priority.ts";
import { setTimeout as sleep } from "node:timers/promises";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Measured {
  readonly wallS: number;
  /** User and system, of the whole process tree. NaN when it was killed. */
  readonly cpuS: number;
  /** Peak resident memory of the tree: the peaks of the processes that live at one time, added. */
  readonly rssMb: number;
  /** Exit code; null when it was killed. */
  readonly code: number | null;
  /** The end of what it printed. */
  readonly output: string;
  /** Of one core: what others on this machine used meanwhile, besides the tool, the stubs and the harness. */
  readonly others: number;
}

/** `times` of bash is what wait4 knows of all that the tool started; the tool has core 1, the stubs core 0. */
const SCRIPT =
  cpus().length > 1
    ? 'taskset -c 1 "$@"; code=$?; times >&3; exit $code'
    : '"$@"; code=$?; times >&3; exit $code';
const TAIL = 4000;

/** Runs a tool to its end. `until`: polled; true kills it and all that it started, at once. */
export async function measure(
  command: Command,
  stub: number,
  { timeoutS = 900, until }: { timeoutS?: number; until?: () => Promise<boolean> } = {},
): Promise<Measured> {
  const before = machine(stub);
  const began = performance.now();
  const child = spawn(
    "bash",
    ["-c", shellPrelude() + SCRIPT, "bash", command.file, ...command.args],
    {
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...command.env },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      detached: true,
    },
  );
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command.file} cannot be started`);
  let output = "";
  let times = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString("utf8")).slice(-TAIL);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  child.stdio[3]?.on("data", (chunk: Buffer) => (times += chunk.toString("utf8")));
  let rss = 0;
  let ended = false;
  // Its group outlives a harness that is ended.
  const kill = () => {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  };
  process.once("exit", kill);
  const sampler = setInterval(() => (rss = Math.max(rss, treePeak(pid))), 50);
  const deadline = setTimeout(kill, timeoutS * 1000);
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  const watcher = until === undefined ? undefined : watch(until, () => ended, kill);
  const code = await closed;
  ended = true;
  process.off("exit", kill);
  const wallS = (performance.now() - began) / 1000;
  clearInterval(sampler);
  clearTimeout(deadline);
  await watcher;
  const cpuS = cpuOf(times);
  const after = machine(stub);
  const ours = after.ours - before.ours + (Number.isNaN(cpuS) ? 0 : cpuS);
  const others = Math.max(0, (after.busy - before.busy - ours) / wallS);
  return { wallS, cpuS, rssMb: rss / 1024, code, output, others };
}

async function watch(
  until: () => Promise<boolean>,
  ended: () => boolean,
  kill: () => void,
): Promise<void> {
  while (!ended()) {
    if (await until()) {
      kill();
      return;
    }
    await sleep(10);
  }
}

/** The second line of `times`: the children's user and system time, as in 0m5.293s. */
function cpuOf(times: string): number {
  const line = times.split("\n")[1] ?? "";
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].length === 2
    ? [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
        (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
        0,
      )
    : NaN;
}

/** KiB. The launcher itself is left out. */
function treePeak(root: number): number {
  let sum = 0;
  const waiting = children(root);
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    sum += Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
    waiting.push(...children(pid));
  }
  return sum;
}

function children(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

/** Seconds of processor time: of the whole machine, and of the stubs and this process. */
function machine(stub: number): { readonly busy: number; readonly ours: number } {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    read("/proc/stat").split("\n")[0] ?? ""
  )
    .split(/\s+/)
    .map(Number);
  const fields = read(`/proc/${stub}/stat`).split(") ")[1]?.split(" ") ?? [];
  const stubS = (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
  const own = process.cpuUsage();
  return {
    busy: (user + nice + system + irq + softirq) / 100,
    ours: stubS + (own.user + own.system) / 1e6,
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
