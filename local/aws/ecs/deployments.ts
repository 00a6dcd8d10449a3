import { randomUUID } from "node:crypto";
import { breakerThreshold, isHealthy } from "./plan.ts";
import type { Deployment, NetworkConfiguration, Service, Task } from "./rows.ts";
import { deploymentId } from "./store.ts";

const EVENTS = 100;

/** The deployment that a service works towards. */
export function primaryOf(service: Service): Deployment {
  const primary = service.deployments.find(({ status }) => status === "PRIMARY");
  if (primary === undefined) throw new Error(`The service ${service.name} has no deployment.`);
  return primary;
}

/** A service with one more event, newest first. */
export function withEvent(service: Service, message: string, now: number): Service {
  const event = {
    id: randomUUID(),
    createdAt: now,
    message: `(service ${service.name}) ${message}`,
  };
  return { ...service, events: [event, ...service.events].slice(0, EVENTS) };
}

export function newDeployment(
  taskDefinition: string,
  network: NetworkConfiguration,
  now: number,
): Deployment {
  const id = deploymentId();
  return {
    id,
    status: "PRIMARY",
    taskDefinition,
    created: now,
    updated: now,
    rolloutState: "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    failedTasks: 0,
    network,
  };
}

/** A service that begins to roll to another task definition or network: the new deployment is the primary. */
export function rollTo(
  service: Service,
  taskDefinition: string,
  network: NetworkConfiguration,
  now: number,
): Service {
  const old = service.deployments.map((one): Deployment => ({ ...one, status: "ACTIVE" }));
  return { ...service, deployments: [newDeployment(taskDefinition, network, now), ...old] };
}

/**
 * A service after its tasks changed: old deployments without tasks are gone, and one whose tasks all work is
 * completed, which is the steady state. Pure.
 */
export function settle(
  service: Service,
  tasks: readonly Task[],
  checked: (task: Task) => boolean,
  now: number,
): Service {
  const primary = primaryOf(service);
  const own = tasks.filter((task) => task.startedBy === primary.id);
  const working = own.filter((task) => isHealthy(task, checked(task))).length;
  const left = service.deployments.filter(
    (one) => one.status === "PRIMARY" || tasks.some((task) => task.startedBy === one.id),
  );
  const pruned =
    left.length === service.deployments.length ? service : { ...service, deployments: left };
  const complete =
    left.length === 1 && own.length === service.desiredCount && working === own.length;
  if (!complete || primary.rolloutState !== "IN_PROGRESS") return pruned;
  const done: Deployment = {
    ...primary,
    rolloutState: "COMPLETED",
    rolloutStateReason: `ECS deployment ${primary.id} completed.`,
    failedTasks: 0,
    updated: now,
  };
  const settled = { ...pruned, deployments: [done], proven: primary.taskDefinition };
  const told = withEvent(settled, `(deployment ${primary.id}) deployment completed.`, now);
  return withEvent(told, "has reached a steady state.", now);
}

/** A service one of whose new tasks failed: the circuit breaker counts, and may roll back. Pure. */
export function countFailure(service: Service, task: Task, now: number): Service {
  const primary = primaryOf(service);
  if (task.startedBy !== primary.id || primary.rolloutState !== "IN_PROGRESS") return service;
  const failedTasks = primary.failedTasks + 1;
  const counted: Deployment = { ...primary, failedTasks, updated: now };
  const others = service.deployments.filter(({ id }) => id !== primary.id);
  const { enable, rollback } = service.rollout.breaker;
  if (!enable || failedTasks < breakerThreshold(service.desiredCount))
    return { ...service, deployments: [counted, ...others] };
  const failed: Deployment = {
    ...counted,
    rolloutState: "FAILED",
    rolloutStateReason: `ECS deployment circuit breaker: tasks failed to start. Last reason: ${task.stoppedReason ?? "unknown"}`,
  };
  const stopped = withEvent(
    { ...service, deployments: [failed, ...others] },
    `(deployment ${primary.id}) deployment failed: tasks failed to start.`,
    now,
  );
  const back = service.proven;
  if (!rollback || back === undefined || back === primary.taskDefinition) return stopped;
  return rollBack(stopped, back, failed, now);
}

function rollBack(service: Service, to: string, failed: Deployment, now: number): Service {
  const rolled = rollTo(service, to, failed.network, now);
  const [primary, ...others] = rolled.deployments;
  if (primary === undefined) return rolled;
  const why = `ECS deployment circuit breaker: rolling back to deploymentId ${primary.id}.`;
  const told = { ...rolled, deployments: [{ ...primary, rolloutStateReason: why }, ...others] };
  return withEvent(told, `rolling back to deployment ${primary.id}.`, now);
}
