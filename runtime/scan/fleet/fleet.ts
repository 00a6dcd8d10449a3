import { randomUUID } from "node:crypto";
import { CloudError, Interrupted } from "../../errors.ts";
import type { DeadReason } from "../../events/queue.ts";
import { close, closeIfSettled, doneSlices } from "./closing.ts";
import { enter } from "./gate.ts";
import { ScanListing } from "./listing.ts";
import type { ScanMessage } from "./messages.ts";
import { SliceSettling } from "./settling.ts";
import {
  closeName,
  expectedSlices,
  findJson,
  partsOfSlice,
  stateName,
  toBytes,
  type ScanClose,
  type ScanState,
} from "./state.ts";
import { FLEET_TIMING, TakenOver, type FleetOptions, type FleetTiming } from "./tools.ts";

/** What becomes of a message. `again`: it must come again. `failure`: it goes to the dead-letter queue. */
export interface Handled {
  readonly again: boolean;
  readonly failure: DeadReason | undefined;
}

const DONE: Handled = { again: false, failure: undefined };
const AGAIN: Handled = { again: true, failure: undefined };

/** With so few slices, each that ends looks whether it was the last. */
const FEW_SLICES = 100;

/**
 * Scans by a fleet of workers without a server of ours. Whoever takes the message of a scan lists both sides and hands out slices; any worker settles a slice;
 * all that they share are small objects beside the ledger.
 */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #timing: FleetTiming;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#timing = { ...FLEET_TIMING, ...options.timing };
  }

  /** `received`: how often the message has been received, this time included. Throws `Interrupted` when the worker stops. */
  async handle(message: ScanMessage, received: number): Promise<Handled> {
    switch (message.causeway) {
      case "scan":
        return this.#scan(message.id, received);
      case "slice":
        return this.#slice(message, received);
      case "close":
        return this.#close(message);
    }
  }

  async #scan(id: string, received: number): Promise<Handled> {
    const { store, signal, log, receives, targets } = this.#options;
    if ((await findJson(store, closeName(id), signal)) !== undefined) return DONE;
    const entered = await enter(this.#options, id, this.#timing.abandonedMs);
    if (!entered.in) return this.#skip(id, entered.other);
    try {
      const listing = await ScanListing.take(this.#options, id, randomUUID());
      const { attempt } = listing.state;
      log.info({ scan: id, attempt, targets: targets.map(({ name }) => name) }, "scan begins");
      await listing.run();
      return await this.#listed(listing.state);
    } catch (error) {
      if (error instanceof Interrupted || signal.aborted) throw new Interrupted();
      if (error instanceof TakenOver) {
        log.info({ scan: id }, error.message);
        return AGAIN;
      }
      if (!(error instanceof CloudError) || received < receives) throw error;
      return this.#failed(id, error);
    }
  }

  async #listed(state: ScanState): Promise<Handled> {
    const { log, now = Date.now } = this.#options;
    const slices = expectedSlices(state).length;
    const found = state.legs.map(({ target, tally }) => ({ target, ...tally.found }));
    log.info({ scan: state.id, slices, found }, "scan listed");
    if (slices > 0 || !(await closeIfSettled(this.#options, state.id)).closed) {
      await this.#lookLater(state.id, 0, now(), false);
    }
    return DONE;
  }

  /** A scan that comes while another is at work would only list the same again. */
  async #skip(id: string, other: string): Promise<Handled> {
    const { store, signal, log, now = Date.now } = this.#options;
    const reason = `the scan ${other} is still at work`;
    const at = new Date(now()).toISOString();
    const closed: ScanClose = {
      v: 1,
      id,
      startedAt: at,
      closedAt: at,
      outcome: "skipped",
      reason,
      targets: [],
    };
    await store.replace(closeName(id), toBytes(closed), undefined, signal);
    log.warn({ scan: id, reason }, "scan skipped");
    return DONE;
  }

  async #failed(id: string, error: CloudError): Promise<Handled> {
    const { store, signal } = this.#options;
    const state = await findJson<ScanState>(store, stateName(id), signal);
    if (state !== undefined) {
      const done = await doneSlices(this.#options, id);
      await close(this.#options, state.value, done, [], error.message);
    }
    const { code, facts } = error;
    const failure = { class: code, reason: error.message, action: facts.action, target: undefined };
    return { again: false, failure };
  }

  async #slice(
    { scan, slice }: Extract<ScanMessage, { causeway: "slice" }>,
    received: number,
  ): Promise<Handled> {
    const { store, signal, log, targets } = this.#options;
    const state = (await findJson<ScanState>(store, stateName(scan), signal))?.value;
    const parts = partsOfSlice(slice);
    const leg = parts === undefined ? undefined : state?.legs[parts.leg];
    const target = targets.find(({ name }) => name === leg?.target);
    if (state === undefined || parts === undefined || target === undefined) {
      log.warn({ scan, slice }, "a slice of no scan of this pipeline is left alone");
      return DONE;
    }
    const work = { scan, slice, parts, target, received, held: leg?.held };
    const end = await new SliceSettling(this.#options, work).run();
    if (end === "again") return AGAIN;
    if (end === "unknown") log.warn({ scan, slice }, "a slice that was never written is left out");
    if (state.phase !== "listing" && expectedSlices(state).length <= FEW_SLICES) {
      await closeIfSettled(this.#options, scan);
    }
    return DONE;
  }

  async #close(message: Extract<ScanMessage, { causeway: "close" }>): Promise<Handled> {
    const { now = Date.now, send, signal } = this.#options;
    const { scan } = message;
    const settled = await closeIfSettled(this.#options, scan);
    if (settled.closed) return DONE;
    const { done, missing } = settled;
    let { since, resent } = message;
    if (done !== message.done) {
      [since, resent] = [now(), false];
      await this.#moved(scan);
    } else if (now() - since >= this.#timing.stuckMs && missing.length > 0) {
      if (resent) return this.#giveUp(scan, missing);
      for (const slice of missing) await send({ causeway: "slice", scan, slice }, 0, signal);
      [since, resent] = [now(), true];
    }
    await this.#lookLater(scan, done, since, resent);
    return DONE;
  }

  async #giveUp(scan: string, missing: readonly string[]): Promise<Handled> {
    const { store, signal } = this.#options;
    const state = await findJson<ScanState>(store, stateName(scan), signal);
    if (state === undefined) return DONE;
    const done = await doneSlices(this.#options, scan);
    await close(this.#options, state.value, done, missing, undefined);
    return DONE;
  }

  /** So that the next scan does not take it for abandoned. */
  async #moved(scan: string): Promise<void> {
    const { store, signal, now = Date.now } = this.#options;
    const held = await findJson<ScanState>(store, stateName(scan), signal);
    if (held === undefined || held.value.phase === "listing") return;
    held.value.movedAt = now();
    await store.replace(stateName(scan), toBytes(held.value), held.found, signal);
  }

  async #lookLater(scan: string, done: number, since: number, resent: boolean): Promise<void> {
    const { send, signal, now = Date.now } = this.#options;
    const message = { causeway: "close", scan, done, since, resent } as const;
    // Soon while slices end, ever later while none does.
    const quiet = Math.ceil((now() - since) / 2000);
    await send(message, Math.min(this.#timing.closeSeconds, Math.max(1, quiet)), signal);
  }
}
