import type { Egress } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import type { LogStore } from "../logs/store.ts";
import type { Parameters } from "../ssm/parameters.ts";
import type { Admission, CredentialsEndpoint } from "./credentials.ts";
import { containerArgv, containerEnvironment, healthArgv } from "./environment.ts";
import type { Exit, Exits } from "./exits.ts";
import { StartFailure } from "./failure.ts";
import { watchHealth } from "./health.ts";
import { type Image, type Images, pullImage } from "./image.ts";
import { type LogDriver, openLog } from "./log-driver.ts";
import { GroupProcess, pause, startOf } from "./process.ts";
import { assumeForTask, type TaskRole } from "./roles.ts";
import type { Container, ContainerDefinition, StopCode, Task, TaskDefinition } from "./rows.ts";
import { fetchSecrets } from "./secrets.ts";

/** What running tasks needs of the rest of the local AWS. */
export interface TaskWorld {
  readonly identity: Identity;
  readonly parameters: Parameters;
  readonly logs: LogStore;
  readonly images: Images;
  readonly exits: Exits;
  readonly credentials: CredentialsEndpoint;
  readonly region: string;
  /** The gateway's main endpoint: where values name it, the task gets its own way there. */
  readonly mainEndpoint: () => string;
  readonly translate: (egress: Egress, value: string) => Promise<string> | string;
}

/** Where a task's changes go: stored, and acted on. */
export interface TaskEvents {
  read(): Task;
  change(change: Partial<Task>): void;
}

const STOP_SECONDS = 30;

interface Running {
  readonly definition: ContainerDefinition;
  readonly process: GroupProcess;
  readonly log: LogDriver;
}

/** One task from its start to its end: pulls, fetches, opens logs, runs its containers, stops them. */
export class TaskRun {
  readonly #world: TaskWorld;
  readonly #definition: TaskDefinition;
  readonly #events: TaskEvents;
  readonly #running: Running[] = [];
  readonly #stop = new AbortController();
  #ending: Promise<void> | undefined;
  /** However long a container may take by its definition. */
  #longestSeconds = Infinity;
  #exit: Exit | undefined;
  #admission: Admission | undefined;
  /** Settles when nothing of the task is left. Never rejects. */
  readonly done: Promise<void>;

  constructor(world: TaskWorld, definition: TaskDefinition, events: TaskEvents) {
    this.#world = world;
    this.#definition = definition;
    this.#events = events;
    this.done = this.#live();
  }

  /** SIGTERM, then SIGKILL after each container's stopTimeout. */
  stop(code: StopCode, reason: string, longestSeconds = Infinity): Promise<void> {
    if (this.#events.read().desiredStatus === "RUNNING")
      this.#events.change({
        desiredStatus: "STOPPED",
        stopCode: code,
        stoppedReason: reason,
        stopping: Date.now(),
        ...(this.#running.length > 0 ? { lastStatus: "STOPPING" as const } : {}),
      });
    this.#stop.abort();
    this.#longestSeconds = Math.min(this.#longestSeconds, longestSeconds);
    this.#ending ??= this.#end();
    return this.done;
  }

  /** Ends all processes at once, without waiting: we are going. */
  kill(): void {
    for (const { process } of this.#running) process.signal("SIGKILL");
  }

  async #live(): Promise<void> {
    try {
      // The constructor's caller must have the run before its task changes.
      await Promise.resolve();
      await this.#start();
      await Promise.all(this.#running.map((one) => this.#follow(one)));
    } catch (error) {
      await this.#fail(error);
    } finally {
      await this.#ending;
      this.#admission?.revoke();
      await this.#exit?.release();
      const containers = this.#events
        .read()
        .containers.map((one): Container => ({ ...one, lastStatus: "STOPPED" }));
      this.#events.change({
        containers,
        lastStatus: "STOPPED",
        desiredStatus: "STOPPED",
        stopped: Date.now(),
      });
    }
  }

  async #start(): Promise<void> {
    const { taskRoleArn, executionRoleArn, containers } = this.#definition;
    const { id, arn, network } = this.#events.read();
    this.#exit = await this.#world.exits.from(network);
    const who = { taskArn: arn, taskId: id, sourceAddress: this.#exit.egress.address };
    const assume = (role: string | undefined) =>
      role === undefined ? undefined : assumeForTask(this.#world.identity, role, who);
    const taskRole = assume(taskRoleArn);
    const executionRole = assume(executionRoleArn);
    this.#events.change({ lastStatus: "PENDING" });
    const admission = this.#world.credentials.admit(id, taskRole?.role, () => this.#metadata());
    this.#admission = admission;
    for (const container of containers) {
      if (this.#stop.signal.aborted) return;
      await this.#launch(container, executionRole, this.#exit, admission);
    }
    if (this.#stop.signal.aborted) return;
    this.#events.change({ lastStatus: "RUNNING", started: Date.now() });
  }

  async #launch(
    container: ContainerDefinition,
    role: TaskRole | undefined,
    exit: Exit,
    admission: Admission,
  ): Promise<void> {
    const { images, parameters, logs, region } = this.#world;
    const { id, overrides } = this.#events.read();
    const image = await pullImage(images, container.name, container.image, role);
    const secrets = fetchSecrets(parameters, container, role);
    const log = openLog(logs, container, id, role);
    const around = { region, endpoint: exit.endpoint, ...admission };
    const plainEnv = containerEnvironment(container, overrides, secrets, around);
    const env = await this.#translated(plainEnv, exit);
    const argv = containerArgv(container, overrides, image);
    const process = await GroupProcess.start({
      argv,
      env,
      folder: image.folder,
      onOutput: (bytes) => log.write(bytes),
    }).catch((error: unknown) => {
      throw notStarted(container.name, argv, error);
    });
    this.#running.push({ definition: container, process, log });
    const pidStarted = startOf(process.pid);
    this.#changeContainer(container.name, { lastStatus: "RUNNING", pid: process.pid, pidStarted });
    // A stop that came while the process was being made did not see it.
    if (this.#stop.signal.aborted) void this.#endOne(container, process);
    else this.#watch(container, image, env, process);
  }

  /** Addresses of the clouds become those that the task's way out leads to. */
  async #translated(env: Record<string, string>, exit: Exit): Promise<Record<string, string>> {
    const { translate, mainEndpoint } = this.#world;
    const changed = Object.entries(env).map(async ([name, value]) => [
      name,
      await translate(exit.egress, value.replaceAll(mainEndpoint(), exit.endpoint)),
    ]);
    return Object.fromEntries(await Promise.all(changed)) as Record<string, string>;
  }

  #watch(
    container: ContainerDefinition,
    image: Image,
    env: Record<string, string>,
    process: GroupProcess,
  ): void {
    const argv = healthArgv(container, image);
    if (argv === undefined || container.healthCheck === undefined) return;
    const over = new AbortController();
    void process.ended.then(() => over.abort());
    watchHealth({
      argv,
      env,
      folder: image.folder,
      check: container.healthCheck,
      over: AbortSignal.any([over.signal, this.#stop.signal]),
      onChange: (health) => this.#changeContainer(container.name, { health }),
    });
  }

  async #follow({ definition, process, log }: Running): Promise<void> {
    const exitCode = await process.ended;
    log.end();
    this.#changeContainer(definition.name, {
      lastStatus: "STOPPED",
      exitCode,
      pid: undefined,
      pidStarted: undefined,
    });
    if (definition.essential)
      void this.stop("EssentialContainerExited", "Essential container in task exited");
  }

  async #fail(error: unknown): Promise<void> {
    const known = error instanceof StartFailure;
    const reason = known ? error.message : `InternalError: ${String(error)}`;
    if (known && error.container !== undefined) this.#changeContainer(error.container, { reason });
    void this.stop("TaskFailedToStart", reason);
    await Promise.all(this.#running.map((one) => this.#follow(one)));
  }

  async #end(): Promise<void> {
    await Promise.all(this.#running.map((one) => this.#endOne(one.definition, one.process)));
  }

  async #endOne(definition: ContainerDefinition, process: GroupProcess): Promise<void> {
    const seconds = Math.min(definition.stopTimeout ?? STOP_SECONDS, this.#longestSeconds);
    const ended = new AbortController();
    void process.ended.then(() => ended.abort());
    process.signal("SIGTERM");
    await pause(seconds * 1000, ended.signal);
    if (!ended.signal.aborted) process.signal("SIGKILL");
    await process.ended;
  }

  #changeContainer(name: string, change: Partial<Container>): void {
    const containers = this.#events
      .read()
      .containers.map((one) => (one.name === name ? { ...one, ...change } : one));
    this.#events.change({ containers });
  }

  /** The task metadata that version 4 of the endpoint gives, in part. */
  #metadata(): object {
    const task = this.#events.read();
    return {
      Cluster: task.cluster,
      TaskARN: task.arn,
      Family: this.#definition.family,
      Revision: String(this.#definition.revision),
      DesiredStatus: task.desiredStatus,
      KnownStatus: task.lastStatus,
      LaunchType: "FARGATE",
      Containers: task.containers.map((one) => ({ Name: one.name, KnownStatus: one.lastStatus })),
    };
  }
}

function notStarted(container: string, argv: readonly string[], error: unknown): StartFailure {
  const why = error instanceof Error ? error.message : String(error);
  return new StartFailure(
    `CannotStartContainerError: failed to create task for container: exec: "${argv[0] ?? ""}": ${why}`,
    container,
  );
}
