export interface Pair {
  readonly name: string;
  readonly value: string;
}

/** Tags as ECS lists them. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface HealthCheck {
  /** `["CMD", program, ...]` or `["CMD-SHELL", line]`; `["NONE"]` switches it off. */
  readonly command: readonly string[];
  /** Seconds. */
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly retries: number;
}

export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly entryPoint?: readonly string[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly environment: readonly Pair[];
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopTimeout?: number | undefined;
  readonly logConfiguration?:
    { readonly logDriver: string; readonly options: Readonly<Record<string, string>> } | undefined;
  readonly healthCheck?: HealthCheck | undefined;
}

export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: "ACTIVE" | "INACTIVE";
  readonly executionRoleArn?: string | undefined;
  readonly taskRoleArn?: string | undefined;
  readonly containers: readonly ContainerDefinition[];
  /** Everything that was registered, as it came, for who asks. */
  readonly registered: Readonly<Record<string, unknown>>;
  readonly registeredAt: number;
  readonly registeredBy: string;
  readonly tags: readonly Tag[];
}

export interface Cluster {
  readonly arn: string;
  readonly name: string;
  readonly settings: readonly Pair[];
  readonly capacityProviders: readonly string[];
  readonly tags: readonly Tag[];
}

export interface NetworkConfiguration {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: "ENABLED" | "DISABLED";
}

export interface Deployment {
  /** `ecs-svc/` and digits. */
  readonly id: string;
  readonly status: "PRIMARY" | "ACTIVE";
  readonly taskDefinition: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly updated: number;
  readonly rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  readonly rolloutStateReason: string;
  readonly failedTasks: number;
  readonly network: NetworkConfiguration;
}

export interface Rollout {
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
  readonly breaker: { readonly enable: boolean; readonly rollback: boolean };
}

export interface ServiceEvent {
  readonly id: string;
  readonly createdAt: number;
  readonly message: string;
}

export interface Service {
  readonly arn: string;
  readonly name: string;
  readonly cluster: string;
  readonly status: "ACTIVE" | "DRAINING" | "INACTIVE";
  readonly desiredCount: number;
  /** The primary first. */
  readonly deployments: readonly Deployment[];
  /** The last task definition whose deployment completed: what a rollback goes back to. */
  readonly proven?: string | undefined;
  readonly rollout: Rollout;
  /** Newest first. */
  readonly events: readonly ServiceEvent[];
  readonly created: number;
  readonly createdBy: string;
  readonly tags: readonly Tag[];
  readonly propagateTags?: "SERVICE" | "TASK_DEFINITION" | "NONE" | undefined;
  /** What else was asked for and is only shown again. */
  readonly shown: Readonly<Record<string, unknown>>;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly lastStatus: "PENDING" | "RUNNING" | "STOPPED";
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly health: Health;
  /** The process and when it started (process.ts), so that a later run ends what this one left behind. */
  readonly pid?: number | undefined;
  readonly pidStarted?: string | undefined;
}

export type Health = "HEALTHY" | "UNHEALTHY" | "UNKNOWN";

export type StopCode =
  "TaskFailedToStart" | "EssentialContainerExited" | "UserInitiated" | "ServiceSchedulerInitiated";

export interface Overrides {
  readonly containers: readonly {
    readonly name: string;
    readonly command?: readonly string[] | undefined;
    readonly environment: readonly Pair[];
  }[];
}

export interface Task {
  readonly arn: string;
  readonly id: string;
  readonly cluster: string;
  readonly taskDefinition: string;
  /** `service:NAME` or `family:NAME`. */
  readonly group: string;
  /** A deployment's id when a service started it. */
  readonly startedBy?: string | undefined;
  readonly lastStatus: "PROVISIONING" | "PENDING" | "RUNNING" | "STOPPING" | "STOPPED";
  readonly desiredStatus: "RUNNING" | "STOPPED";
  readonly created: number;
  readonly started?: number | undefined;
  readonly stopping?: number | undefined;
  readonly stopped?: number | undefined;
  readonly stopCode?: StopCode | undefined;
  readonly stoppedReason?: string | undefined;
  readonly containers: readonly Container[];
  readonly network: NetworkConfiguration;
  readonly overrides: Overrides;
  readonly tags: readonly Tag[];
}

/** A task's health is its worst essential container's. */
export function taskHealth(task: Task): Health {
  const all = task.containers.map(({ health }) => health);
  if (all.includes("UNHEALTHY")) return "UNHEALTHY";
  return all.includes("HEALTHY") ? "HEALTHY" : "UNKNOWN";
}
