import { signalGroup, startOf } from "./process.ts";
import { countFailure, primaryOf, settle, withEvent } from "./deployments.ts";
import { plan, restartDelay } from "./plan.ts";
import type {
  Container,
  Deployment,
  NetworkConfiguration,
  Overrides,
  Service,
  StopCode,
  Tag,
  Task,
  TaskDefinition,
} from "./rows.ts";
import { type EcsStore, taskId } from "./store.ts";
import { TaskRun, type TaskWorld } from "./task-run.ts";

/** What a task is started with. */
export interface StartTask {
  readonly cluster: string;
  readonly definition: TaskDefinition;
  readonly group: string;
  readonly startedBy?: string | undefined;
  readonly network: NetworkConfiguration;
  readonly overrides: Overrides;
  readonly tags: readonly Tag[];
}

/** A task without a health check has proved itself once it has run so long. */
const PROVEN_MS = 10_000;
/** After so long a life, an end is no longer one of a row of failures. */
const LONG_LIFE_MS = 30_000;
const UNSTABLE = 3;

/** How often each service's tasks ended by themselves, one after the other. */
interface Trouble {
  inARow: number;
  notBefore: number;
}

/** Keeps services at their desired count, and the tasks' rows true. */
export class Scheduler {
  readonly #store: EcsStore;
  readonly #world: TaskWorld;
  readonly #onLog: (line: string) => void;
  readonly #runs = new Map<string, TaskRun>();
  readonly #troubles = new Map<string, Trouble>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #killAll = (): void => {
    for (const run of this.#runs.values()) run.kill();
  };
  #closing = false;

  constructor(store: EcsStore, world: TaskWorld, onLog: (line: string) => void) {
    this.#store = store;
    this.#world = world;
    this.#onLog = onLog;
  }

  /** Ends what a killed predecessor left, then brings the services up. */
  start(): void {
    process.on("exit", this.#killAll);
    for (const task of this.#store.tasks.values())
      if (task.lastStatus !== "STOPPED") this.#bury(task);
    for (const service of this.#store.services.values()) this.wake(service.arn);
  }

  /** Stops all tasks; services keep their desired count for the next start. */
  async close(longestSeconds = 30): Promise<void> {
    this.#closing = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    const runs = [...this.#runs.values()];
    const reason = "The local ECS was shut down.";
    await Promise.all(runs.map((run) => run.stop("UserInitiated", reason, longestSeconds)));
    process.off("exit", this.#killAll);
  }

  runTask(start: StartTask): Task {
    const id = taskId();
    const clusterName = start.cluster.slice(start.cluster.indexOf("/") + 1);
    const task: Task = {
      arn: this.#store.arn("task", `${clusterName}/${id}`),
      id,
      cluster: start.cluster,
      taskDefinition: start.definition.arn,
      group: start.group,
      startedBy: start.startedBy,
      lastStatus: "PROVISIONING",
      desiredStatus: "RUNNING",
      created: Date.now(),
      containers: start.definition.containers.map(({ name, image }): Container => ({
        name,
        image,
        lastStatus: "PENDING",
        health: "UNKNOWN",
      })),
      network: start.network,
      overrides: start.overrides,
      tags: start.tags,
    };
    this.#store.prune(task.created);
    this.#store.tasks.set(task.arn, task);
    const run = new TaskRun(this.#world, start.definition, {
      read: () => this.#store.tasks.get(task.arn) ?? task,
      change: (change) => this.#changed(task.arn, change),
    });
    this.#runs.set(task.arn, run);
    void run.done.then(() => this.#ended(task.arn));
    return task;
  }

  /** Settles when nothing of the task runs any more. */
  async stopTask(arn: string, code: StopCode, reason: string): Promise<void> {
    await this.#runs.get(arn)?.stop(code, reason);
  }

  /** Looks at a service soon: something about it has changed. */
  wake(serviceArn: string, afterMs = 0): void {
    if (this.#closing) return;
    clearTimeout(this.#timers.get(serviceArn));
    const timer = setTimeout(() => {
      this.#timers.delete(serviceArn);
      this.#reconcile(serviceArn);
    }, afterMs);
    this.#timers.set(serviceArn, timer);
  }

  /** A new deployment starts without the old one's waits. */
  forgive(serviceArn: string): void {
    this.#troubles.delete(serviceArn);
  }

  #reconcile(arn: string): void {
    const service = this.#store.services.get(arn);
    if (service === undefined || service.status === "INACTIVE") return;
    const all = this.#store.tasksOf(service);
    const present = all.filter(({ lastStatus }) => lastStatus !== "STOPPED");
    const live = present.filter(({ desiredStatus }) => desiredStatus === "RUNNING");
    const settled = settle(service, present, (task) => this.#isChecked(task), Date.now());
    if (settled !== service) this.#store.services.set(arn, settled);
    if (settled.status === "DRAINING" && present.length === 0) {
      this.#store.services.set(arn, { ...settled, status: "INACTIVE" });
      return;
    }
    this.#act(settled, live);
  }

  #act(service: Service, live: readonly Task[]): void {
    const primary = primaryOf(service);
    const wait = (this.#troubles.get(service.arn)?.notBefore ?? 0) - Date.now();
    const needed = plan({
      desiredCount: service.desiredCount,
      rollout: service.rollout,
      primary: primary.id,
      tasks: live,
      mayStart: wait <= 0 && primary.rolloutState !== "FAILED",
      checked: (task) => this.#isChecked(task),
    });
    const why = `Scaling activity initiated by (deployment ${primary.id})`;
    for (const arn of needed.stop) void this.stopTask(arn, "ServiceSchedulerInitiated", why);
    for (let n = 0; n < needed.start; n++) this.#startFor(service, primary);
    if (wait > 0) this.wake(service.arn, wait);
  }

  #startFor(service: Service, deployment: Deployment): void {
    const definition = this.#store.definition(deployment.taskDefinition);
    if (definition === undefined) return;
    const task = this.runTask({
      cluster: service.cluster,
      definition,
      group: `service:${service.name}`,
      startedBy: deployment.id,
      network: deployment.network,
      overrides: { containers: [] },
      tags: tagsFor(service, definition),
    });
    this.#tell(service.arn, `has started 1 tasks: (task ${task.id}).`);
  }

  #changed(arn: string, change: Partial<Task>): void {
    const before = this.#store.tasks.get(arn);
    if (before === undefined) return;
    const task = { ...before, ...change };
    this.#store.tasks.set(arn, task);
    const service = this.#serviceOf(task);
    if (service === undefined) return;
    const sick = task.containers.some(({ health }) => health === "UNHEALTHY");
    if (sick && task.desiredStatus === "RUNNING") {
      this.#tell(service.arn, `(task ${task.id}) failed container health checks.`);
      const reason = "Task failed container health checks";
      void this.stopTask(arn, "ServiceSchedulerInitiated", reason);
    }
    this.wake(service.arn);
  }

  #ended(arn: string): void {
    this.#runs.delete(arn);
    const task = this.#store.tasks.get(arn);
    const service = task && this.#serviceOf(task);
    if (task === undefined || service === undefined) return;
    const unasked =
      task.stopCode === "TaskFailedToStart" || task.stopCode === "EssentialContainerExited";
    const sick = task.containers.some(({ health }) => health === "UNHEALTHY");
    if ((unasked || sick) && !this.#closing) this.#note(service, task);
    this.wake(service.arn);
  }

  /** A task that ended by itself: the next one waits longer, and the circuit breaker may count it. */
  #note(service: Service, task: Task): void {
    const lived = task.started === undefined ? 0 : (task.stopping ?? Date.now()) - task.started;
    const trouble = this.#troubles.get(service.arn) ?? { inARow: 0, notBefore: 0 };
    trouble.inARow = lived >= LONG_LIFE_MS ? 1 : trouble.inARow + 1;
    trouble.notBefore = Date.now() + restartDelay(trouble.inARow);
    this.#troubles.set(service.arn, trouble);
    const proven = this.#isChecked(task)
      ? task.containers.some(({ health }) => health === "HEALTHY")
      : lived >= PROVEN_MS;
    const current = this.#store.services.get(service.arn) ?? service;
    if (!proven) this.#store.services.set(service.arn, countFailure(current, task, Date.now()));
    const exits = task.containers.flatMap(({ name, exitCode }) =>
      exitCode === undefined ? [] : [`${name} exited with ${exitCode}`],
    );
    const detail = [task.stoppedReason ?? "", ...exits].join("; ");
    this.#tell(service.arn, `(task ${task.id}) stopped: ${detail}`);
    if (trouble.inARow === UNSTABLE)
      this.#tell(service.arn, "is unable to consistently start tasks successfully.");
  }

  #serviceOf(task: Task): Service | undefined {
    if (!task.group.startsWith("service:")) return undefined;
    const name = task.group.slice("service:".length);
    const cluster = task.cluster.slice(task.cluster.indexOf("/") + 1);
    return this.#store.services.get(this.#store.arn("service", `${cluster}/${name}`));
  }

  #isChecked(task: Task): boolean {
    const definition = this.#store.definitions.get(task.taskDefinition);
    return (definition?.containers ?? []).some(
      ({ healthCheck }) => healthCheck !== undefined && healthCheck.command[0] !== "NONE",
    );
  }

  #tell(serviceArn: string, message: string): void {
    const service = this.#store.services.get(serviceArn);
    if (service === undefined) return;
    this.#store.services.set(serviceArn, withEvent(service, message, Date.now()));
    this.#onLog(`ECS: (service ${service.name}) ${message}`);
  }

  /** A task of an earlier run: its processes are ended if they are still the ones that were recorded. */
  #bury(task: Task): void {
    for (const { pid, pidStarted } of task.containers)
      if (pid !== undefined && pidStarted !== undefined && startOf(pid) === pidStarted)
        signalGroup(pid, "SIGKILL");
    const containers = task.containers.map(({ name, image, health }): Container => ({
      name,
      image,
      health,
      lastStatus: "STOPPED",
    }));
    this.#store.tasks.set(task.arn, {
      ...task,
      containers,
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stopped: Date.now(),
      stopCode: task.stopCode ?? "UserInitiated",
      stoppedReason: task.stoppedReason ?? "The local ECS was killed.",
    });
  }
}

function tagsFor(service: Service, definition: TaskDefinition): readonly Tag[] {
  if (service.propagateTags === "SERVICE") return service.tags;
  return service.propagateTags === "TASK_DEFINITION" ? definition.tags : [];
}
