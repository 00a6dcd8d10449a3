import { fork, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { compileCache } from "../../runtime/compile-cache.ts";
import { beganAt, killTree, markVariable, type ProcessIdentity } from "./process-tree.ts";
import type { FromChild, ToChild } from "./request.ts";

const childModule = fileURLToPath(new URL("../operations/child.ts", import.meta.url));

/** How long the output of a child that is gone is waited for. */
const lastWordsMs = 300;

/** How a child ended; `printed` is the last of its output: only there when it broke. */
export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  printed: string;
}

/** What a child makes ready before it is asked for anything. */
export interface Preload {
  /** The product's program. */
  product: boolean;
  /** Engine root; absent: on the PATH. */
  engine?: string | undefined;
}

/** A process for one operation, with its group, its mark and its channel. */
export class OperationChild {
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcess;
  readonly #mark = randomUUID();
  readonly #identity: Promise<ProcessIdentity>;
  #printed = "";
  #live = true;

  constructor(env: Record<string, string>, cwd: string, preload?: Preload) {
    const child = fork(childModule, preload === undefined ? [] : [JSON.stringify(preload)], {
      cwd,
      env: { ...env, NODE_COMPILE_CACHE: compileCache, [markVariable]: this.#mark },
      execArgv: [],
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#printed = (this.#printed + chunk.toString()).slice(-8_000);
      });
    }
    this.ended = new Promise((resolve, reject) => {
      child.once("error", (error) => {
        this.#live = false;
        reject(error);
      });
      child.once("exit", (code, signal) => {
        this.#live = false;
        const end = (): void => resolve({ code, signal, printed: this.#printed });
        child.once("close", end);
        // An engine that outlives its child keeps the pipes open.
        setTimeout(end, lastWordsMs);
      });
    });
    this.ended.catch(() => undefined);
    this.#identity = this.#identify();
  }

  /** False once it has ended or could not be started. */
  get live(): boolean {
    return this.#live;
  }

  identity(): Promise<ProcessIdentity> {
    return this.#identity;
  }

  onMessage(listener: (message: FromChild) => void): void {
    this.#process.on("message", listener);
  }

  send(message: ToChild): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  /** Kills it with all that it started; for one that has nothing to do. */
  async kill(): Promise<boolean> {
    return killTree(await this.#identity);
  }

  async #identify(): Promise<ProcessIdentity> {
    const pid = this.#process.pid ?? -1;
    return { pid, began: await beganAt(pid), mark: this.#mark };
  }
}
