import type { Rollout, Task } from "./rows.ts";
import { taskHealth } from "./rows.ts";

/** What a service's tasks need now. */
export interface Plan {
  /** How many tasks of the primary deployment to start. */
  readonly start: number;
  /** Tasks to stop, by ARN. */
  readonly stop: readonly string[];
}

export interface Fleet {
  readonly desiredCount: number;
  readonly rollout: Rollout;
  /** The primary deployment's id. */
  readonly primary: string;
  /** Tasks that are not stopped or stopping. */
  readonly tasks: readonly Task[];
  /** False while a failed deployment, or a wait after a crash, forbids new tasks. */
  readonly mayStart: boolean;
  readonly checked: (task: Task) => boolean;
}

/**
 * Decides how a service comes nearer to what is wanted. Within the percentages of the deployment
 * configuration: never more tasks than the maximum, never fewer healthy ones than the minimum while old
 * tasks give way to new. Pure.
 */
export function plan(fleet: Fleet): Plan {
  const { desiredCount, rollout, primary, tasks } = fleet;
  const own = tasks.filter((task) => task.startedBy === primary);
  const old = tasks.filter((task) => task.startedBy !== primary);
  const most = Math.max(desiredCount, Math.floor((desiredCount * rollout.maximumPercent) / 100));
  const least = Math.ceil((desiredCount * rollout.minimumHealthyPercent) / 100);
  const healthy = (task: Task) => isHealthy(task, fleet.checked(task));
  const spare = Math.max(0, own.length - desiredCount);
  const excess = leastWorth(own, healthy).slice(0, spare);
  const stays = tasks.filter((task) => !excess.includes(task)).filter(healthy).length;
  const givingWay = leavers(old, healthy, stays - least, own, desiredCount);
  const start = fleet.mayStart
    ? Math.max(0, Math.min(desiredCount - own.length, most - tasks.length))
    : 0;
  return { start, stop: [...excess, ...givingWay].map(({ arn }) => arn) };
}

/** Old tasks that are not healthy serve nobody; healthy ones leave as far as enough others stay. */
function leavers(
  old: readonly Task[],
  healthy: (task: Task) => boolean,
  spareHealthy: number,
  own: readonly Task[],
  desiredCount: number,
): Task[] {
  const ready = own.filter(healthy).length;
  const useless = old.filter((task) => !healthy(task));
  const useful = old.filter(healthy);
  // Tasks that only start must not yet push out a healthy one, nor may a healthy one stay beside a full new fleet.
  const leaving = ready >= desiredCount ? useful.length : Math.max(0, spareHealthy);
  return [...(own.length > 0 || desiredCount === 0 ? useless : []), ...useful.slice(0, leaving)];
}

/** Running, and, where a health check says so, healthy. */
export function isHealthy(task: Task, checked: boolean): boolean {
  if (task.lastStatus !== "RUNNING") return false;
  return !checked || taskHealth(task) === "HEALTHY";
}

/** First those that do not work yet, then the youngest. */
function leastWorth(tasks: readonly Task[], healthy: (task: Task) => boolean): Task[] {
  return [...tasks].sort(
    (a, b) => Number(healthy(a)) - Number(healthy(b)) || b.created - a.created,
  );
}

/** Failed tasks after which the circuit breaker opens: half the desired count, from 3 to 200. */
export function breakerThreshold(desiredCount: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desiredCount / 2)));
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 60_000;

/** How long to wait before replacing a task that ended by itself, after so many in a row. Milliseconds. */
export function restartDelay(failuresInARow: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, failuresInARow - 1));
}
