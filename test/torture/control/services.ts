import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../support/free-ports.ts";
import { foundationStack } from "../../../local/foundation.ts";
import { environment, type World } from "./clouds.ts";

const main = fileURLToPath(new URL("../../../service/main.ts", import.meta.url));

export interface ServicesOptions {
  world: World;
  count: number;
  /** Undefined: the embedded database, of which there can be one service. */
  databaseUrl: string | undefined;
  /** Another program than the product's. */
  program: string | undefined;
}

/** Service processes on one database, each of which may be killed and is started again. */
export class Services {
  readonly urls: readonly string[];
  readonly #options: ServicesOptions;
  readonly #running: (ChildProcess | undefined)[] = [];

  private constructor(options: ServicesOptions, urls: readonly string[]) {
    this.#options = options;
    this.urls = urls;
  }

  static async start(options: ServicesOptions): Promise<Services> {
    const ports = await freePorts(options.count);
    const services = new Services(
      options,
      ports.map((port) => `http://127.0.0.1:${port}`),
    );
    for (const index of ports.keys()) await services.startOne(index);
    return services;
  }

  get count(): number {
    return this.urls.length;
  }

  /** Starts one and waits until it answers. */
  async startOne(index: number): Promise<void> {
    const url = this.urls[index] ?? "";
    const home = this.homeOf(index);
    await mkdir(home, { recursive: true });
    const log = createWriteStream(join(home, "service.log"), { flags: "a" });
    await once(log, "open");
    const child = spawn(process.execPath, [main], {
      env: this.#environment(index, home),
      stdio: ["ignore", log, log],
    });
    this.#running[index] = child;
    for (;;) {
      if (child.exitCode !== null)
        throw new Error(`A service ended by itself; see ${home}/service.log`);
      const answer = await fetch(`${url}/healthz`).catch(() => undefined);
      if (answer?.ok === true || child.signalCode !== null) return;
      await delay(50);
    }
  }

  async kill(index: number): Promise<void> {
    await this.#end(index, "SIGKILL");
  }

  /** The processes that were started last. */
  get pids(): number[] {
    return this.#running.flatMap((child) => child?.pid ?? []);
  }

  /** In order. */
  async stop(): Promise<void> {
    await Promise.all(this.urls.map((_, index) => this.#end(index, "SIGTERM")));
  }

  homeOf(index: number): string {
    return join(this.#options.world.home, `service-${index}`);
  }

  async #end(index: number, signal: NodeJS.Signals): Promise<void> {
    const child = this.#running[index];
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  #environment(index: number, home: string): Record<string, string> {
    const { world, databaseUrl, program } = this.#options;
    const { port } = new URL(this.urls[index] ?? "");
    return {
      ...world.env,
      LOG_LEVEL: "info",
      PORT: port,
      CAUSEWAY_HOME: home,
      CAUSEWAY_ENVIRONMENT: environment,
      CAUSEWAY_FOUNDATION: foundationStack(environment),
      CAUSEWAY_ENGINE: world.engine,
      CAUSEWAY_OPERATION_GRACE_SECONDS: "20",
      CAUSEWAY_LEASE_SECONDS: "10",
      CAUSEWAY_DRAIN_SECONDS: "60",
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...(program === undefined ? {} : { CAUSEWAY_PROGRAM: program }),
    };
  }
}
