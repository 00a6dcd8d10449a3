import type { Policy } from "../decide/policy.ts";
import { isPatient, retryClass } from "../decide/retry.ts";
import { CloudError, Interrupted, Postponed } from "../errors.ts";
import type { Arrival, Looked } from "../events/intake.ts";
import type { LedgerRecord } from "../ledger/entry.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import { isPipelineTrouble, type Problems } from "../problems.ts";
import { scrub } from "../secrets.ts";
import type { Source } from "../stores/contract.ts";
import { troubled, waiting } from "./outcome.ts";
import { settle } from "./settle.ts";
import type { Means, Outcome, PlacedTarget } from "./work.ts";

export interface LookerOptions {
  readonly source: Source;
  readonly targets: readonly PlacedTarget[];
  readonly policy: Policy;
  readonly means: Means;
  readonly ledger: Pick<Ledger, "record">;
  readonly log: Log;
  readonly problems: Problems;
  /** How often a message is received before trouble that may pass counts as a failure. */
  readonly receives: number;
  /** Ends looks where they are. */
  readonly signal: AbortSignal;
}

/** What happened to one key on one target: a terminal state, one until its time comes, or trouble that may pass. */
type Settled =
  { readonly entry: LedgerRecord; readonly postponed?: Postponed } | { readonly again: true };

/** Looks at one key for every target, and writes down the terminal states. */
export class Looker {
  readonly #options: LookerOptions;

  constructor(options: LookerOptions) {
    this.#options = options;
  }

  readonly look = async (
    key: string,
    arrivals: readonly [Arrival, ...Arrival[]],
  ): Promise<Looked> => {
    const { targets, ledger } = this.#options;
    const results = await Promise.allSettled(
      targets.map((target) => this.#settleOn(target, key, arrivals)),
    );
    const settled = results.map((result) => {
      if (result.status === "rejected") throw result.reason;
      return result.value;
    });
    const entries = settled.flatMap((one) => ("entry" in one ? [one.entry] : []));
    const [postponed] = settled.flatMap((one) =>
      "entry" in one && one.postponed !== undefined ? [one.postponed] : [],
    );
    const failed = entries.find(({ state }) => state === "failed");
    const durable = entries.length === 0 ? Promise.resolve() : ledger.record(entries);
    // Whoever waits for it hears of its failure; until then nobody may.
    durable.catch(() => undefined);
    return {
      durable,
      again: entries.length < settled.length,
      postponed,
      failure: failed && {
        class: failed.class ?? "Failed",
        reason: failed.reason ?? "",
        action: failed.action ?? undefined,
        target: failed.target,
      },
    };
  };

  async #settleOn(
    target: PlacedTarget,
    key: string,
    arrivals: readonly [Arrival, ...Arrival[]],
  ): Promise<Settled> {
    const { source, policy, means, signal, log } = this.#options;
    const candidate = { key, size: sizeOf(arrivals) };
    try {
      const outcome = await settle({ candidate, source, target, policy, means, signal });
      const entry = this.#entry(target, key, arrivals, outcome);
      log.debug(
        { key, target: target.name, state: entry.state, seconds: entry.seconds },
        "settled",
      );
      return { entry };
    } catch (error) {
      return this.#trouble(error, target, key, arrivals);
    }
  }

  #trouble(
    error: unknown,
    target: PlacedTarget,
    key: string,
    arrivals: readonly [Arrival, ...Arrival[]],
  ): Settled {
    if (error instanceof Interrupted || this.#options.signal.aborted) throw new Interrupted();
    if (error instanceof Postponed) {
      return {
        entry: this.#entry(target, key, arrivals, waiting(error, key, target)),
        postponed: error,
      };
    }
    const { log, problems, receives } = this.#options;
    const known = error instanceof CloudError ? error : undefined;
    const message = scrub(error instanceof Error ? error.message : String(error));
    if (isPipelineTrouble(error)) problems.report(error);
    const held = known !== undefined && retryClass(known.facts) === "hold";
    const received = Math.max(...arrivals.map((arrival) => arrival.message.receiveCount));
    const line = { key, target: target.name, class: known?.code ?? "Unexpected", received };
    if (!held && isPatient(known?.facts) && received < receives) {
      log.warn(
        { ...line, ...(known === undefined ? { err: error } : {}) },
        `again later: ${message}`,
      );
      return { again: true };
    }
    log.error({ ...line, ...(known === undefined ? { err: error } : {}) }, message);
    const outcome = troubled(error, key, target, received);
    return { entry: this.#entry(target, key, arrivals, outcome) };
  }

  #entry(
    target: PlacedTarget,
    key: string,
    arrivals: readonly [Arrival, ...Arrival[]],
    outcome: Outcome,
  ): LedgerRecord {
    const [first] = arrivals;
    const { hint, message } = arrivals[arrivals.length - 1] ?? first;
    const now = new Date();
    return {
      at: now.toISOString(),
      target: target.name,
      key,
      ...outcome,
      startedAt: first.message.receivedAt.toISOString(),
      seconds: (now.getTime() - first.message.receivedAt.getTime()) / 1000,
      hint: {
        messageId: message.id,
        eventName: hint.eventName,
        eventTime: hint.eventTime,
        sequencer: hint.sequencer,
        receiveCount: message.receiveCount,
      },
    };
  }
}

/** The size that the newest hint claims. */
function sizeOf(arrivals: readonly Arrival[]): number | undefined {
  return arrivals[arrivals.length - 1]?.hint.size;
}
