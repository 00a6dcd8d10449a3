import { join } from "node:path";
import { Table } from "../../table.ts";
import { AwsError } from "../contract.ts";
import { wantedCapacity } from "./decide.ts";
import { compile, ExpressionError, type Value } from "./expression.ts";

export interface ScalableTarget {
  readonly serviceNamespace: "ecs";
  /** `service/CLUSTER/NAME`. */
  readonly resourceId: string;
  readonly scalableDimension: "ecs:service:DesiredCount";
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly roleArn?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface Metric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly { readonly name: string; readonly value: string }[];
}

export interface MetricQuery {
  readonly id: string;
  readonly label?: string | undefined;
  readonly expression?: string | undefined;
  readonly metricStat?: { readonly metric: Metric; readonly stat: string } | undefined;
  readonly returnData?: boolean | undefined;
}

export interface ScalingPolicy {
  readonly policyName: string;
  readonly policyType: "TargetTrackingScaling";
  readonly serviceNamespace: "ecs";
  readonly resourceId: string;
  readonly scalableDimension: "ecs:service:DesiredCount";
  readonly targetTracking: {
    readonly targetValue: number;
    /** Seconds; 300 when absent. */
    readonly scaleInCooldown?: number | undefined;
    readonly scaleOutCooldown?: number | undefined;
    readonly disableScaleIn?: boolean | undefined;
    /** Either metric math or one metric. */
    readonly metrics: readonly MetricQuery[];
  };
}

/** What scaling reads and changes. */
export interface Scaled {
  /** A metric's latest value; undefined when it has none. */
  readonly measure: (metric: Metric) => Value;
  /** A service's desired count; undefined when there is no such service. */
  readonly capacity: (resourceId: string) => number | undefined;
  readonly setCapacity: (resourceId: string, count: number) => void;
}

export interface ScalingOptions extends Scaled {
  readonly home?: string;
  readonly accountId: string;
  readonly region: string;
  readonly clock: () => Date;
  readonly onLog?: ((line: string) => void) | undefined;
}

const EVERY_MS = 2000;
const COOLDOWN_SECONDS = 300;

/** Application Auto Scaling, called in process: target tracking that really changes a service's desired count. */
export class Scaling {
  readonly targets: Table<ScalableTarget>;
  readonly policies: Table<ScalingPolicy>;
  readonly #options: ScalingOptions;
  readonly #lastOut = new Map<string, number>();
  readonly #lastIn = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ScalingOptions) {
    const file = (name: string) => options.home && join(options.home, `${name}.json`);
    this.#options = options;
    this.targets = new Table(file("targets"));
    this.policies = new Table(file("policies"));
  }

  start(everyMs = EVERY_MS): void {
    this.#timer = setInterval(() => this.evaluate(), everyMs);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** @throws AwsError ValidationException */
  putTarget(target: ScalableTarget): ScalableTarget {
    const { minCapacity, maxCapacity, resourceId } = target;
    if (this.#options.capacity(resourceId) === undefined)
      throw invalid(`ECS service doesn't exist: ${resourceId}`);
    if (minCapacity < 0 || maxCapacity < minCapacity)
      throw invalid("Minimum capacity cannot be greater than maximum capacity, nor below 0.");
    this.targets.set(resourceId, target);
    return target;
  }

  getTarget(resourceId: string): ScalableTarget | undefined {
    return this.targets.get(resourceId);
  }

  /** Its policies go with it. @throws AwsError ObjectNotFoundException */
  deleteTarget(resourceId: string): void {
    if (!this.targets.delete(resourceId)) throw notFound(`No scalable target found: ${resourceId}`);
    for (const [key, policy] of this.policies.entries())
      if (policy.resourceId === resourceId) this.policies.delete(key);
  }

  /** @throws AwsError */
  putPolicy(policy: ScalingPolicy): ScalingPolicy {
    if (!this.targets.has(policy.resourceId))
      throw notFound(`No scalable target registered for resource ID: ${policy.resourceId}`);
    checkMetrics(policy.targetTracking.metrics);
    if (!(policy.targetTracking.targetValue > 0)) throw invalid("TargetValue must be above 0.");
    this.policies.set(keyOf(policy), policy);
    return policy;
  }

  getPolicy(resourceId: string, policyName: string): ScalingPolicy | undefined {
    return this.policies.get(keyOf({ resourceId, policyName }));
  }

  /** @throws AwsError ObjectNotFoundException */
  deletePolicy(resourceId: string, policyName: string): void {
    if (!this.policies.delete(keyOf({ resourceId, policyName })))
      throw notFound(`No scaling policy found: ${policyName}`);
  }

  targetArn(resourceId: string): string {
    const { region, accountId } = this.#options;
    const place = `arn:aws:application-autoscaling:${region}:${accountId}`;
    return `${place}:scalable-target/ecs/${resourceId}`;
  }

  policyArn(policy: { resourceId: string; policyName: string }): string {
    const { region, accountId } = this.#options;
    const place = `arn:aws:autoscaling:${region}:${accountId}:scalingPolicy`;
    return `${place}:resource/ecs/${policy.resourceId}:policyName/${policy.policyName}`;
  }

  /** Brings every target to the capacity that the greediest of its policies wants. */
  evaluate(): void {
    for (const target of this.targets.values()) {
      const current = this.#options.capacity(target.resourceId);
      if (current === undefined) continue;
      const own = this.policies.values().filter((one) => one.resourceId === target.resourceId);
      const wanted = own.map((policy) => this.#wanted(target, policy, current));
      const bounds = Math.min(target.maxCapacity, Math.max(target.minCapacity, current));
      const next = wanted.length === 0 ? bounds : Math.max(...wanted);
      if (next !== current) this.#change(target.resourceId, current, next);
    }
  }

  #wanted(target: ScalableTarget, policy: ScalingPolicy, current: number): number {
    const now = this.#options.clock().getTime();
    const { targetValue, metrics, disableScaleIn } = policy.targetTracking;
    const { scaleInCooldown, scaleOutCooldown } = policy.targetTracking;
    const ms = (seconds = COOLDOWN_SECONDS) => seconds * 1000;
    const since = (times: Map<string, number>) => now - (times.get(target.resourceId) ?? -Infinity);
    return wantedCapacity({
      metric: evaluateMetrics(metrics, this.#options.measure),
      targetValue,
      current,
      min: target.minCapacity,
      max: target.maxCapacity,
      sinceOut: since(this.#lastOut),
      sinceIn: since(this.#lastIn),
      outCooldownMs: ms(scaleOutCooldown),
      inCooldownMs: ms(scaleInCooldown),
      mayScaleIn: disableScaleIn !== true,
    });
  }

  #change(resourceId: string, from: number, to: number): void {
    const times = to > from ? this.#lastOut : this.#lastIn;
    times.set(resourceId, this.#options.clock().getTime());
    this.#options.onLog?.(`Auto Scaling: ${resourceId} from ${from} to ${to} tasks.`);
    this.#options.setCapacity(resourceId, to);
  }
}

/** The value of the query that returns data. */
export function evaluateMetrics(
  queries: readonly MetricQuery[],
  measure: (metric: Metric) => Value,
): Value {
  const value = (id: string): Value => {
    const query = queries.find((one) => one.id === id);
    if (query?.metricStat !== undefined) return measure(query.metricStat.metric);
    return query?.expression === undefined ? undefined : compile(query.expression)(value);
  };
  const result = queries.find((one) => one.returnData !== false);
  return result && value(result.id);
}

function checkMetrics(queries: readonly MetricQuery[]): void {
  if (queries.filter((one) => one.returnData !== false).length !== 1)
    throw invalid("Exactly one metric must have ReturnData true.");
  for (const { id, expression, metricStat } of queries) {
    if ((expression === undefined) === (metricStat === undefined))
      throw invalid(`The metric ${id} must have either an expression or a metric.`);
    try {
      if (expression !== undefined) compile(expression);
    } catch (error) {
      if (error instanceof ExpressionError) throw invalid(error.message);
      throw error;
    }
  }
}

function keyOf(policy: { resourceId: string; policyName: string }): string {
  return `${policy.resourceId} ${policy.policyName}`;
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", 400, message);
}

function notFound(message: string): AwsError {
  return new AwsError("ObjectNotFoundException", 400, message);
}
