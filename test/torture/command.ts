import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const causeway = fileURLToPath(new URL("../../cli/causeway", import.meta.url));

/** A run of the `causeway` command in a process of its own. */
export class Command {
  readonly #process;
  readonly ended: Promise<number | null>;
  printed = "";

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#process = spawn(causeway, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const keep = (chunk: Buffer): void => {
      this.printed = (this.printed + chunk.toString()).slice(-20_000);
    };
    this.#process.stdout.on("data", keep);
    this.#process.stderr.on("data", keep);
    this.ended = once(this.#process, "close").then(([code]) => code as number | null);
  }

  /** @returns when it is gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#process.kill(signal);
    await this.ended;
  }
}
