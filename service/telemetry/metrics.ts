import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Unqueued } from "../db/operations.ts";
import type { OperationAction, OperationState } from "../db/schema.ts";
import { bounded } from "./bounded.ts";

export interface SettledOperation {
  action: OperationAction;
  state: Exclude<OperationState, "queued" | "running">;
  /** Why it did not succeed, as its failure's code says. */
  code: string | null;
  /** The engine's wall time, in seconds; null when it never ran. */
  seconds: number | null;
}

export interface AnsweredRequest {
  method: string;
  /** The route's template, never the path that was asked for: that may be anything. */
  route: string;
  status: number;
  seconds: number;
}

/** Sets gauges that are only worth reading when somebody asks, such as those that a database knows. */
export type Collector = () => Promise<void>;

const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const operationBuckets = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800];
const mostFailureCodes = 40;
const misnamed = ["handles", "requests", "resources"].map((what) => `nodejs_active_${what}_total`);

/**
 * What the service counts, for Prometheus. No label tells tenants or pipelines apart: two hundred tenants would be two hundred times the
 * series, and whoever may read metrics need not know whose they are.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly #collectors: Collector[] = [];
  readonly #codes = bounded(mostFailureCodes);
  readonly #settled = this.#counter("operations_settled_total", "Operations that ended.", [
    "action",
    "state",
  ]);
  readonly #failures = this.#counter(
    "operation_failures_total",
    "Operations that did not succeed, by the code of their failure.",
    ["action", "code"],
  );
  readonly #duration = this.#histogram(
    "operation_duration_seconds",
    "Wall time of the engine's run.",
    ["action", "state"],
    operationBuckets,
  );
  readonly #wait = this.#histogram(
    "operation_wait_seconds",
    "From being queued to the first claim.",
    ["action"],
    operationBuckets,
  );
  readonly #recovered = this.#counter(
    "operations_recovered_total",
    "Operations found running without a living service behind them, and what became of them.",
    ["outcome"],
  );
  readonly #requests = this.#counter("http_requests_total", "Requests answered.", [
    "method",
    "route",
    "status",
  ]);
  readonly #requestTime = this.#histogram(
    "http_request_duration_seconds",
    "From a request's head to the end of its answer; streams of events are left out.",
    ["method", "route"],
    requestBuckets,
  );
  readonly #streams = this.gauge("event_streams", "Streams of events that are open.", ["kind"]);
  readonly #limited = this.#counter("rate_limited_total", "Requests refused by a rate limit.", [
    "limit",
  ]);
  readonly #broken = this.#counter(
    "scrape_failures_total",
    "Times that a part of the metrics could not be read for a scrape.",
    [],
  );

  constructor(version: string) {
    collectDefaultMetrics({ register: this.registry });
    // Gauges with a counter's name, which promtool does not let pass.
    for (const name of misnamed) this.registry.removeSingleMetric(name);
    this.gauge("build_info", "1, with the version as label.", ["version", "node"]).set(
      { version, node: process.version },
      1,
    );
  }

  operationSettled({ action, state, code, seconds }: SettledOperation): void {
    this.#settled.inc({ action, state });
    if (code !== null) this.#failures.inc({ action, code: this.#codes(code) });
    if (seconds !== null) this.#duration.observe({ action, state }, seconds);
  }

  /** Call when the transaction that took them out of the queue is through. */
  operationsUnqueued(operations: readonly Unqueued[]): void {
    for (const { action, code } of operations) {
      this.operationSettled({ action, state: "cancelled", code, seconds: null });
    }
  }

  /** Call once per operation: at its first attempt. */
  operationBegan(action: OperationAction, waitedSeconds: number): void {
    this.#wait.observe({ action }, Math.max(0, waitedSeconds));
  }

  operationRecovered(outcome: "requeued" | "failed"): void {
    this.#recovered.inc({ outcome });
  }

  requestAnswered({ method, route, status, seconds }: AnsweredRequest, stream: boolean): void {
    this.#requests.inc({ method, route, status: String(status) });
    if (!stream) this.#requestTime.observe({ method, route }, seconds);
  }

  streamOpened(kind: "operation" | "run"): void {
    this.#streams.inc({ kind });
  }

  streamClosed(kind: "operation" | "run"): void {
    this.#streams.dec({ kind });
  }

  rateLimited(limit: string): void {
    this.#limited.inc({ limit });
  }

  /** One more gauge; a collector sets its values before each scrape. */
  gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ ...this.#common(name, help), labelNames });
  }

  collectWith(collector: Collector): void {
    this.#collectors.push(collector);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The text exposition format. A collector that fails leaves its own gauges out; the rest is still told. */
  async exposition(): Promise<string> {
    const ends = await Promise.allSettled(this.#collectors.map((collect) => collect()));
    const failed = ends.filter(({ status }) => status === "rejected").length;
    if (failed > 0) this.#broken.inc(failed);
    return this.registry.metrics();
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ ...this.#common(name, help), labelNames });
  }

  #histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ): Histogram<L> {
    return new Histogram({ ...this.#common(name, help), labelNames, buckets });
  }

  #common(name: string, help: string) {
    return { name: `causeway_${name}`, help, registers: [this.registry] };
  }
}
