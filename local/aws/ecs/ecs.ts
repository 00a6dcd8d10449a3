import type { Service } from "./rows.ts";
import { Scheduler } from "./scheduler.ts";
import { EcsStore, type EcsStoreOptions } from "./store.ts";
import type { TaskWorld } from "./task-run.ts";

/** The running ECS: its memory, its scheduler, and the endpoint that gives tasks their credentials. */
export class Ecs {
  readonly store: EcsStore;
  readonly scheduler: Scheduler;
  readonly #world: TaskWorld;

  constructor(place: EcsStoreOptions, world: TaskWorld, onLog?: (line: string) => void) {
    this.store = new EcsStore(place);
    this.#world = world;
    this.scheduler = new Scheduler(this.store, world, onLog ?? (() => undefined));
  }

  /** Brings the services up. The gateway must listen by now. */
  async start(): Promise<void> {
    await this.#world.credentials.start();
    this.scheduler.start();
  }

  async close(): Promise<void> {
    await this.scheduler.close();
    await this.#world.credentials.close();
  }

  /** Clusters, services that are not gone, and task definitions that may still be used. */
  inventory(): string[] {
    const { clusters, services, definitions } = this.store;
    return [
      ...clusters.values(),
      ...services.values().filter(({ status }) => status !== "INACTIVE"),
      ...definitions.values().filter(({ status }) => status === "ACTIVE"),
    ].map(({ arn }) => arn);
  }

  /** By Application Auto Scaling's `service/CLUSTER/NAME`. */
  desiredCount(resourceId: string): number | undefined {
    return this.#active(resourceId)?.desiredCount;
  }

  setDesiredCount(resourceId: string, desiredCount: number): void {
    const service = this.#active(resourceId);
    if (service === undefined) return;
    this.store.services.set(service.arn, { ...service, desiredCount });
    this.scheduler.wake(service.arn);
  }

  #active(resourceId: string): Service | undefined {
    const [, cluster = "", name = ""] = resourceId.split("/");
    const service = this.store.services.get(this.store.arn("service", `${cluster}/${name}`));
    return service?.status === "ACTIVE" ? service : undefined;
  }
}
