import { estimate, showDollars } from "./estimate.ts";
import { usageOf, type ObjectPlan } from "./patterns.ts";
import type { Route } from "./route.ts";
import type { Usage } from "./usage.ts";

/** An object may be copied; whoever does calls `done` when it has ended, however it ended. */
export interface Granted {
  readonly ok: true;
  readonly done: () => void;
}

/** An object is not to be started: the ledger holds it. */
export interface Withheld {
  readonly ok: false;
  readonly class: "BudgetExceeded";
  readonly reason: string;
}

export interface BudgetOptions {
  /** Dollars that the run may cost. */
  readonly limit: number;
  readonly route: Route;
  /** What the run has used so far, requests that failed and listings included. */
  readonly usage: () => Usage;
}

/**
 * Stops a run before it costs more than it may: what an object is expected to cost is set aside before its first request, and an object for which there is not
 * enough left is not started. Smaller ones after it may still be.
 */
export class DollarBudget {
  readonly #options: BudgetOptions;
  #reserved = 0;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /** Dollars spent by what was counted, and set aside for what is under way: for a moment a part of an object is in both. */
  get committed(): number {
    const { usage, route } = this.#options;
    return estimate(usage(), route).dollars + this.#reserved;
  }

  take(plan: ObjectPlan): Granted | Withheld {
    const { limit, route } = this.#options;
    const cost = estimate(usageOf(plan), route).dollars;
    const { committed } = this;
    if (committed + cost > limit) {
      const reason = `The run may cost ${showDollars(limit)}: ${showDollars(committed)} is spent or set aside, and ${plan.size} bytes more would cost about ${showDollars(cost)}.`;
      return { ok: false, class: "BudgetExceeded", reason };
    }
    this.#reserved += cost;
    let open = true;
    const done = (): void => {
      if (open) this.#reserved -= cost;
      open = false;
    };
    return { ok: true, done };
  }
}
