import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Table } from "../../table.ts";
import { AwsError } from "../contract.ts";
import type { Cluster, Service, Task, TaskDefinition } from "./rows.ts";

export interface EcsStoreOptions {
  readonly home?: string;
  readonly accountId: string;
  readonly region: string;
}

/** ECS shows a stopped task for an hour. */
const KEEP_STOPPED_MS = 3_600_000;
const KEEP_STOPPED = 100;

/** What ECS remembers: clusters, task definitions, services and tasks, by ARN. */
export class EcsStore {
  readonly clusters: Table<Cluster>;
  readonly definitions: Table<TaskDefinition>;
  readonly services: Table<Service>;
  readonly tasks: Table<Task>;
  readonly #prefix: string;

  constructor(options: EcsStoreOptions) {
    const file = (name: string) => options.home && join(options.home, `${name}.json`);
    this.clusters = new Table(file("clusters"));
    this.definitions = new Table(file("definitions"));
    this.services = new Table(file("services"));
    this.tasks = new Table(file("tasks"));
    this.#prefix = `arn:aws:ecs:${options.region}:${options.accountId}`;
  }

  /** For example `arn("service", "cluster/name")`. */
  arn(kind: "cluster" | "service" | "task" | "task-definition", path: string): string {
    return `${this.#prefix}:${kind}/${path}`;
  }

  /** A cluster by name or ARN; `default` when none is named. @throws AwsError ClusterNotFoundException */
  cluster(given = "default"): Cluster {
    const arn = given.startsWith("arn:") ? given : this.arn("cluster", given);
    const cluster = this.clusters.get(arn);
    if (cluster === undefined)
      throw new AwsError("ClusterNotFoundException", 400, "Cluster not found.");
    return cluster;
  }

  /** A task definition by ARN, `family:revision`, or family (its newest active one). */
  definition(given: string): TaskDefinition | undefined {
    const name = given.startsWith("arn:") ? given.slice(given.indexOf("/") + 1) : given;
    if (name.includes(":")) return this.definitions.get(this.arn("task-definition", name));
    return this.definitions
      .values()
      .filter(({ family, status }) => family === name && status === "ACTIVE")
      .sort((a, b) => b.revision - a.revision)[0];
  }

  serviceArn(cluster: Cluster, given: string): string {
    return given.startsWith("arn:") ? given : this.arn("service", `${cluster.name}/${given}`);
  }

  /** A service that is not gone. @throws AwsError ServiceNotFoundException */
  service(cluster: Cluster, given: string): Service {
    const service = this.services.get(this.serviceArn(cluster, given));
    if (service === undefined || service.status === "INACTIVE")
      throw new AwsError("ServiceNotFoundException", 400, "Service not found.");
    return service;
  }

  task(cluster: Cluster, given: string): Task | undefined {
    return this.tasks.get(
      given.startsWith("arn:") ? given : this.arn("task", `${cluster.name}/${given}`),
    );
  }

  tasksOf(service: Service): Task[] {
    const group = `service:${service.name}`;
    return this.tasks
      .values()
      .filter((task) => task.group === group && task.cluster === service.cluster);
  }

  /** Forgets tasks that stopped long ago. */
  prune(now: number): void {
    const stopped = this.tasks
      .values()
      .filter(({ lastStatus }) => lastStatus === "STOPPED")
      .sort((a, b) => (b.stopped ?? 0) - (a.stopped ?? 0));
    for (const [index, task] of stopped.entries())
      if (index >= KEEP_STOPPED || (task.stopped ?? 0) < now - KEEP_STOPPED_MS)
        this.tasks.delete(task.arn);
  }
}

/** 32 hexadecimal digits, as task ids have. */
export function taskId(): string {
  return randomBytes(16).toString("hex");
}

/** `ecs-svc/` and 19 digits. */
export function deploymentId(): string {
  const digits = BigInt(`0x${randomBytes(8).toString("hex")}`).toString();
  return `ecs-svc/${digits.padStart(19, "0").slice(0, 19)}`;
}
