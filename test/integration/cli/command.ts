import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** The JSON lines of stdout. */
  readonly events: readonly Event[];
}

export type Event = Readonly<Record<string, unknown>> & { readonly event: string };

const LAUNCHER = join(import.meta.dirname, "../../../cli/causeway");

/** The command as people run it: by its launcher, in an environment of its own. */
export class Command {
  readonly #env: Record<string, string>;
  readonly #running: Running[] = [];
  readonly #state = mkdtempSync(join(tmpdir(), "causeway-cli-"));

  constructor(env: Record<string, string>) {
    const { HOME = "/tmp", TZ = "UTC" } = process.env;
    // A PATH without this project's Node: the launcher has to find it.
    this.#env = { PATH: "/usr/bin:/bin", HOME, TZ, XDG_STATE_HOME: this.#state, ...env };
  }

  start(
    args: readonly string[],
    env: Record<string, string | undefined> = {},
    cwd?: string,
  ): Running {
    const all = Object.entries({ ...this.#env, ...env }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    );
    const running = new Running(spawn(LAUNCHER, args, { env: Object.fromEntries(all), cwd }));
    this.#running.push(running);
    return running;
  }

  run(
    args: readonly string[],
    env: Record<string, string | undefined> = {},
    cwd?: string,
  ): Promise<Ended> {
    return this.start(args, env, cwd).ended;
  }

  /** Ends what a failed test left running. */
  async close(): Promise<void> {
    for (const { process: child } of this.#running) child.kill("SIGKILL");
    await rm(this.#state, { recursive: true, force: true });
  }
}

export class Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  out = "";

  constructor(started: ChildProcess) {
    this.process = started;
    let err = "";
    started.stdout?.on("data", (bytes: Buffer) => (this.out += bytes.toString()));
    started.stderr?.on("data", (bytes: Buffer) => (err += bytes.toString()));
    this.ended = new Promise((resolve) => {
      started.on("close", (code) => {
        const lines = this.out.split("\n").filter((line) => line.startsWith("{"));
        const events = lines.map((line) => JSON.parse(line) as Event);
        resolve({ code, out: this.out, err, events });
      });
    });
  }
}
