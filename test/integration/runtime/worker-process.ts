import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundleRuntime } from "../../../runtime/build.ts";

let bundle: Promise<string> | undefined;

/** The bundled worker, built once for all tests of this process. */
export function bundled(): Promise<string> {
  bundle ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), "causeway-worker-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    await bundleRuntime(folder);
    return join(folder, "worker.mjs");
  })();
  return bundle;
}

export interface Line {
  readonly level: number;
  readonly msg: string;
  readonly problem?: Readonly<Record<string, string>>;
  readonly [name: string]: unknown;
}

/** A real worker in a process of its own. */
export class Worker {
  readonly process: ChildProcess;
  readonly #file: string;
  readonly #env: Record<string, string>;
  readonly lines: Line[] = [];
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
  /** Everything it wrote, as it came. */
  output = "";

  constructor(file: string, env: Record<string, string>) {
    this.#file = file;
    this.#env = env;
    this.process = spawn(process.execPath, [file], { env, stdio: ["ignore", "pipe", "pipe"] });
    let rest = "";
    const read = (chunk: Buffer): void => {
      this.output += chunk.toString();
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.lines.push(JSON.parse(line) as Line);
    };
    this.process.stdout?.on("data", read);
    this.process.stderr?.on("data", read);
    this.exit = once(this.process, "exit").then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
  }

  said(test: (line: Line) => boolean): Promise<Line> {
    return until(() => this.lines.find(test), `a line among\n${this.output}`);
  }

  problem(action: string): Promise<Line> {
    return this.said((line) => line.problem?.["action"] === action);
  }

  /** The exit code of its own health check. */
  async health(): Promise<number | null> {
    const check = spawn(process.execPath, [this.#file, "--health"], { env: this.#env });
    const [code] = (await once(check, "exit")) as [number | null];
    return code;
  }

  /** Peak resident memory in bytes. */
  peakMemory(): number {
    const status = readFileSync(`/proc/${this.process.pid ?? 0}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  }

  end(signal: NodeJS.Signals = "SIGTERM"): Promise<{ code: number | null; signal: string | null }> {
    this.process.kill(signal);
    return this.exit;
  }
}

/** What `find` finds, as soon as it finds something; an error that names it after 45 seconds, for a busy machine. */
export async function until<T>(
  find: () => T | undefined | Promise<T | undefined>,
  what: string,
): Promise<T> {
  const deadline = Date.now() + 45_000;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`Waited 45 s for ${what}.`);
    await sleep(20);
  }
}
