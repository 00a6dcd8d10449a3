import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { ThreadReply, ThreadRequest, ThreadSettings } from "./protocol.ts";

/** An account as Azurite needs to know it; keys in base64. */
export interface AzuriteAccount {
  readonly name: string;
  readonly keys: readonly string[];
}

type Command = ThreadRequest extends infer R
  ? R extends { id: number }
    ? Omit<R, "id">
    : never
  : never;

/** The real Azurite (blobs only), in a thread of its own, on a loopback port that only the front knows. */
export class Azurite {
  readonly #thread: Worker;
  readonly #pending = new Map<number, (reply: ThreadReply) => void>();
  #nextId = 0;
  #dead: Error | undefined;
  #port = 0;

  private constructor(settings: ThreadSettings) {
    this.#thread = new Worker(new URL("./thread.ts", import.meta.url), {
      workerData: settings,
      // Azurite reads its accounts and its logger's level there; nothing of ours may leak in.
      env: { NODE_ENV: "production" },
      name: "azurite",
    });
    this.#thread.on("message", (reply: ThreadReply) => this.#settle(reply));
    this.#thread.on("error", (error: Error) => this.#fail(error));
    this.#thread.on("exit", () => this.#fail(new Error("Azurite's thread ended")));
  }

  /**
   * @param home the folder for Azurite's files; absent means memory
   * @param accounts those that exist from the start
   */
  static async start(
    home: string | undefined,
    accounts: readonly AzuriteAccount[],
  ): Promise<Azurite> {
    if (home !== undefined) mkdirSync(join(home, "extents"), { recursive: true });
    const azurite = new Azurite({ home });
    const { address } = await azurite.#ask({ kind: "start", accounts: inAzuritesForm(accounts) });
    azurite.#port = Number(new URL(address ?? "").port);
    return azurite;
  }

  get port(): number {
    return this.#port;
  }

  /** Replaces the accounts and their keys; the next request is judged by the new ones. */
  async setAccounts(accounts: readonly AzuriteAccount[]): Promise<void> {
    await this.#ask({ kind: "accounts", accounts: inAzuritesForm(accounts) });
  }

  /** Resolves when everything acknowledged so far would survive SIGKILL. */
  async flush(): Promise<void> {
    await this.#ask({ kind: "flush" });
  }

  async close(): Promise<void> {
    if (this.#dead === undefined) await this.#ask({ kind: "close" });
    await this.#thread.terminate();
  }

  #ask(command: Command): Promise<ThreadReply> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#dead !== undefined) throw this.#dead;
      this.#pending.set(id, (reply) => {
        if (reply.failure === undefined) resolve(reply);
        else reject(new Error(`Azurite could not ${command.kind}: ${reply.failure}`));
      });
      this.#thread.postMessage({ ...command, id });
    });
  }

  #settle(reply: ThreadReply): void {
    this.#pending.get(reply.id)?.(reply);
    this.#pending.delete(reply.id);
  }

  #fail(error: Error): void {
    this.#dead ??= error;
    for (const id of [...this.#pending.keys()]) this.#settle({ id, failure: error.message });
  }
}

/** An account that no name can reach keeps Azurite from falling back to its well-known development account. */
const nobody = "-:AAAA";

function inAzuritesForm(accounts: readonly AzuriteAccount[]): string {
  return [nobody, ...accounts.map(({ name, keys }) => [name, ...keys].join(":"))].join(";");
}
