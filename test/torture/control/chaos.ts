import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../random.ts";
import { processesOf } from "./processes.ts";
import type { Services } from "./services.ts";

export interface Kills {
  service: number;
  child: number;
  engine: number;
}

/** Kills a service, an operation's child or its engine every few seconds, until it is told to stop. */
export class Chaos {
  readonly kills: Kills = { service: 0, child: 0, engine: 0 };
  readonly #services: Services;
  readonly #home: string;
  readonly #random: Random;
  readonly #stop = new AbortController();
  readonly #everyMs: number;
  readonly #done: Promise<void>;

  /** `everyMs`: from one kill to the next, on average. */
  constructor(services: Services, home: string, random: Random, everyMs: number) {
    this.#services = services;
    this.#home = home;
    this.#random = random;
    this.#everyMs = everyMs;
    this.#done = this.#run();
    // Told by stop().
    this.#done.catch(() => undefined);
  }

  /** @throws what kept it from going on. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    for (;;) {
      const wait = this.#everyMs * (0.4 + 1.2 * this.#random.next());
      try {
        await delay(wait, undefined, { signal: this.#stop.signal });
      } catch {
        return;
      }
      const dice = this.#random.next();
      if (dice < 0.4) await this.#killService();
      else await this.#killOne(dice < 0.7 ? "child" : "engine");
    }
  }

  async #killService(): Promise<void> {
    const index = this.#random.integer(0, this.#services.count - 1);
    const away = this.#random.integer(0, 1_500);
    await this.#services.kill(index);
    this.kills.service += 1;
    await delay(away);
    await this.#services.startOne(index);
  }

  async #killOne(kind: "child" | "engine"): Promise<void> {
    const there = (await processesOf(this.#home)).filter((seen) => seen.kind === kind);
    if (there.length === 0) return;
    try {
      process.kill(this.#random.pick(there).pid, "SIGKILL");
      this.kills[kind] += 1;
    } catch {
      // It ended by itself meanwhile.
    }
  }
}
