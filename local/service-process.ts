import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { endLeftover, keepIdentity } from "./boot/identity-file.ts";

const entry = fileURLToPath(new URL("../service/main.ts", import.meta.url));
const endWithParent = new URL("boot/end-with-parent.ts", import.meta.url).href;

export interface ServiceOptions {
  readonly env: Record<string, string>;
  readonly url: string;
  /** The service's log, appended. */
  readonly logFile: string;
  readonly signal: AbortSignal;
}

function identityFile(logFile: string): string {
  return `${logFile}.pid`;
}

/** The service ended, or did not become ready; the message holds the last of what it said. */
export class ServiceFailed extends Error {
  override readonly name = "ServiceFailed";
}

/** The Express service as a process of its own, as on a server: it learns of the clouds by its environment only. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #options: ServiceOptions;
  readonly #ended: Promise<number | null>;
  #tail = "";

  private constructor(child: ChildProcess, options: ServiceOptions) {
    this.#child = child;
    this.#options = options;
    const log = createWriteStream(options.logFile, { flags: "a" });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        log.write(chunk);
        this.#tail = (this.#tail + chunk.toString()).slice(-2000);
      });
    }
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#tail += error.message;
        resolve(null);
      });
      child.once("close", (code) => {
        log.end();
        resolve(code);
      });
    });
  }

  /**
   * Ends the service of a start that was killed: it may still be ending its operations, and holds the port and the
   * database meanwhile.
   */
  static async endLeftover({ logFile }: Pick<ServiceOptions, "logFile">): Promise<void> {
    await endLeftover(identityFile(logFile));
  }

  /** Starts it; ready() tells when it answers. */
  static async start(options: ServiceOptions): Promise<ServiceProcess> {
    await mkdir(dirname(options.logFile), { recursive: true });
    // Its own process group: a Ctrl-C in the terminal reaches us only, and we stop it in order.
    const child = spawn(process.execPath, ["--import", endWithParent, entry], {
      env: options.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    if (child.pid !== undefined) await keepIdentity(identityFile(options.logFile), child.pid);
    return new ServiceProcess(child, options);
  }

  /** Resolves with the exit code when it ends, for whatever reason. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  async stop(graceMs = 75_000): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.pid === undefined) return;
    this.#child.kill("SIGTERM");
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    await this.#ended;
    clearTimeout(kill);
  }

  /** Waits until /readyz says so; throws when the service ended or takes too long. */
  async ready(): Promise<void> {
    const { url, signal, logFile } = this.#options;
    const deadline = Date.now() + 60_000;
    let over: number | null | undefined;
    void this.#ended.then((code) => (over = code));
    for (;;) {
      signal.throwIfAborted();
      if (over !== undefined) {
        throw new ServiceFailed(
          `The service ended with ${String(over)} before it was ready:\n${this.#tail.trim()}\n(whole log: ${logFile})`,
        );
      }
      const answer = await fetch(`${url}/readyz`).catch(() => undefined);
      if (answer?.ok) return;
      if (Date.now() > deadline) {
        const said = (await answer?.text()) ?? "no answer";
        throw new ServiceFailed(`The service is not ready after 60 s: ${said} (log: ${logFile})`);
      }
      await sleep(100);
    }
  }
}
