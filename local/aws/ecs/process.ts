import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Launch {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Gets the bytes of stdout and stderr as they come. */
  readonly onOutput: (bytes: Buffer) => void;
}

/** How long output may still come after a process has ended, when a grandchild holds its pipes. */
const DRAIN_MS = 500;

/** A container's process, the head of a process group of its own: what it starts dies with it. */
export class GroupProcess {
  readonly pid: number;
  /** Settles when the process has ended and its output is complete; a signal counts as 128 and its number. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number, onOutput: (bytes: Buffer) => void) {
    this.#child = child;
    this.pid = pid;
    child.stdout?.on("data", onOutput);
    child.stderr?.on("data", onOutput);
    this.ended = this.#watch();
  }

  /** @throws Error when the program cannot be started. */
  static async start(launch: Launch): Promise<GroupProcess> {
    const [program = "", ...args] = launch.argv;
    // `detached` makes the group; the child is still ours to wait for and to end.
    const child = spawn(program, args, {
      cwd: launch.folder,
      env: launch.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    if (child.pid === undefined) throw new Error(`${program} has no process id.`);
    return new GroupProcess(child, child.pid, launch.onOutput);
  }

  signal(signal: "SIGTERM" | "SIGKILL"): void {
    signalGroup(this.pid, signal);
  }

  async #watch(): Promise<number> {
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    const code = await new Promise<number>((resolve) =>
      this.#child.once("exit", (exit, signal) => resolve(exit ?? 128 + numberOf(signal))),
    );
    signalGroup(this.pid, "SIGKILL");
    const timer = new AbortController();
    await Promise.race([closed, pause(DRAIN_MS, timer.signal)]);
    timer.abort();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    return code;
  }
}

/** Sends a signal to a whole group; one that is gone already is no error. */
export function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * What tells a process from a later one with the same id: boot and start time on Linux, the start time of ps
 * elsewhere. Undefined when there is no such process.
 */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // Field 22 of proc(5): start time in ticks since boot. A zombie is gone but for its exit code.
    return fields[0] === "Z" ? undefined : `${boot}:${fields[19] ?? ""}`;
  } catch {
    return process.platform === "linux" ? undefined : startByPs(pid);
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const found = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
    return found.trim() || undefined;
  } catch {
    return undefined;
  }
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function numberOf(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : (SIGNALS[signal] ?? 0);
}

/** Waits, or until the signal says that nobody waits any more. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}
