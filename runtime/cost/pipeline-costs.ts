import type { Send } from "../http/send.ts";
import type { CopyJob, JobTarget } from "../job.ts";
import { estimate } from "./estimate.ts";
import { Meter } from "./meter.ts";
import { usageOf, type ObjectPlan } from "./patterns.ts";
import type { End, Route } from "./route.ts";

/** A target's own requests and traffic, and what of the source's they are priced with. */
interface Leg {
  readonly route: Route;
  readonly meter: Meter;
}

/** What a worker has cost so far by list price, over all its targets. */
export class PipelineCosts {
  readonly #legs: ReadonlyMap<string, Leg>;
  readonly #first: Leg;

  constructor(job: Pick<CopyJob, "source" | "targets" | "via">) {
    const legs = job.targets.map((target) => [target.name, legOf(job, target)] as const);
    const [first] = legs;
    if (first === undefined) throw new TypeError("a job without targets has no costs");
    this.#legs = new Map(legs);
    this.#first = first[1];
  }

  /** Requests to the source count once, whatever targets they are for. */
  source(send: Send): Send {
    return this.#first.meter.metered(send, "source", "s3");
  }

  target(target: JobTarget, send: Send): Send {
    return this.#leg(target.name).meter.metered(send, "target", target.type);
  }

  /** Bytes that the target's cloud reads from the source by itself. */
  byUrl(target: string, bytes: number): void {
    this.#leg(target).meter.byUrl(bytes);
  }

  /** US dollars so far. */
  get dollars(): number {
    let sum = 0;
    for (const { meter, route } of this.#legs.values())
      sum += estimate(meter.usage(), route).dollars;
    return sum;
  }

  /** US dollars that the copy of an object is expected to cost. */
  price(target: string, plan: ObjectPlan): number {
    return estimate(usageOf(plan), this.#leg(target).route).dollars;
  }

  #leg(target: string): Leg {
    return this.#legs.get(target) ?? this.#first;
  }
}

function legOf({ source, via }: Pick<CopyJob, "source" | "via">, target: JobTarget): Leg {
  const route: Route = { source: bucketEnd(source), target: endOf(target), via };
  return { route, meter: new Meter() };
}

function endOf(target: JobTarget): End {
  return target.type === "azure-blob" ? { cloud: "azure-blob" } : bucketEnd(target);
}

interface Bucket {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint?: string | undefined;
}

function bucketEnd({ bucket, region, endpoint }: Bucket): End {
  return endpoint === undefined
    ? { cloud: "s3", region }
    : { cloud: "other", label: `s3://${bucket} at ${endpoint}` };
}
