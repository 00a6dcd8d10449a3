import type { Logger } from "pino";
import { OperationChild, type Preload } from "../automation/child-process.ts";

/** A child that was taken is replaced so much later: its operation's start needs the processor more. */
const replaceAfterMs = 2_000;
/** A child that cannot start is not started again and again. */
const mostFailures = 3;

export interface PoolOptions {
  size: number;
  env: Record<string, string>;
  /** Where the children wait; each goes to its operation's own folder. */
  folder: string;
  preload: Preload;
  log: Logger;
}

/**
 * Children that were started before there was an operation for them, with their modules loaded. Each is used for one operation: what the
 * Automation API, a program and an SDK keep in a process's memory and environment never meets a second stack. They end with this process.
 */
export class ChildPool {
  readonly #options: PoolOptions;
  readonly #idle = new Set<OperationChild>();
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #stopped = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  start(): void {
    while (
      !this.#stopped &&
      this.#failures < mostFailures &&
      this.#idle.size < this.#options.size
    ) {
      this.#add();
    }
  }

  /** One that lives, the longest waiting first; undefined when there is none: the caller starts its own. */
  take = (): OperationChild | undefined => {
    for (const child of this.#idle) {
      this.#idle.delete(child);
      this.#replaceSoon();
      if (child.live) return child;
    }
    return undefined;
  };

  /** Ends those that have nothing to do. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const idle = [...this.#idle];
    this.#idle.clear();
    await Promise.all(idle.map((child) => child.kill()));
  }

  #add(): void {
    const { env, folder, preload, log } = this.#options;
    const child = new OperationChild(env, folder, preload);
    this.#idle.add(child);
    const gone = (why: unknown): void => {
      if (!this.#idle.delete(child) || this.#stopped) return;
      this.#failures += 1;
      log.warn({ why }, "a child that waited for work ended");
      this.#replaceSoon();
    };
    child.ended.then(gone, gone);
    child.onMessage(({ type }) => {
      if (type === "ready") this.#failures = 0;
    });
  }

  #replaceSoon(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.start(), replaceAfterMs);
    this.#timer.unref();
  }
}
