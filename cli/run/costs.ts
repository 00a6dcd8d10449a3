import { DollarBudget } from "../../runtime/cost/budget.ts";
import { estimate } from "../../runtime/cost/estimate.ts";
import { Meter } from "../../runtime/cost/meter.ts";
import type { End, Route } from "../../runtime/cost/route.ts";
import type { Send } from "../../runtime/http/send.ts";
import type { Address } from "../address/address.ts";
import {
  first,
  isAmazon,
  s3Access,
  type Environment,
  type SideOptions,
} from "../environment/aws.ts";

/** What a run costs by list price: counted as it goes on. */
export class Costs {
  readonly meter = new Meter();
  readonly #route: Route;

  constructor(route: Route) {
    this.#route = route;
  }

  metered(send: Send, side: "source" | "target", kind: Address["kind"]): Send {
    return this.meter.metered(send, side, kind === "s3" ? "s3" : "azure-blob");
  }

  /** US dollars so far. */
  get dollars(): number {
    return estimate(this.meter.usage(), this.#route).dollars;
  }

  budget(limit: number): DollarBudget {
    return new DollarBudget({ limit, route: this.#route, usage: () => this.meter.usage() });
  }
}

export interface RouteOptions {
  readonly from: Address;
  readonly to: Address;
  readonly source: SideOptions;
  readonly target: SideOptions;
  readonly tier: string;
}

/** The route of a copy as far as prices go. */
export function routeOf(options: RouteOptions, env: Environment): Route {
  const inside = first(env, "AWS_EXECUTION_ENV", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  return {
    source: endOf(options.from, options.source, undefined, env),
    target: endOf(options.to, options.target, options.tier, env),
    via: inside === undefined ? "outside" : "public",
  };
}

function endOf(
  address: Address,
  side: SideOptions,
  tier: string | undefined,
  env: Environment,
): End {
  const named = tier === undefined || tier === "map" || tier === "default" ? undefined : tier;
  if (address.kind === "azure") return { cloud: "azure-blob", tier: named };
  const access = s3Access(address, side, env);
  if (!isAmazon(access)) {
    return { cloud: "other", label: `s3://${access.bucket} at ${access.endpoint ?? ""}` };
  }
  return { cloud: "s3", region: access.region, storageClass: named };
}
