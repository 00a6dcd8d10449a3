import { CloudError, Interrupted } from "../../errors.ts";
import { newTally } from "../progress.ts";
import { LegListing } from "./lister.ts";
import { findJson, stateName, toBytes, type Held, type Leg, type ScanState } from "./state.ts";
import { FLEET_TIMING, TakenOver, type FleetOptions } from "./tools.ts";

/** A scan as the worker that lists it holds it: it writes the state down now and then, and stops when somebody else has. */
export class ScanListing {
  readonly #options: FleetOptions;
  readonly #id: string;
  readonly #stop = new AbortController();
  #held: Held<ScanState>;
  #saving: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(options: FleetOptions, id: string, held: Held<ScanState>) {
    this.#options = options;
    this.#id = id;
    this.#held = held;
  }

  /** Takes the scan up, from its beginning or from where somebody left it. */
  static async take(options: FleetOptions, id: string, lister: string): Promise<ScanListing> {
    const { store, signal, now = Date.now } = options;
    const before = await findJson<ScanState>(store, stateName(id), signal);
    const value: ScanState = before?.value ?? {
      v: 1,
      id,
      startedAt: new Date(now()).toISOString(),
      movedAt: now(),
      attempt: 0,
      lister,
      phase: "listing",
      legs: options.targets.map((target) => freshLeg(target.name)),
    };
    const listing = new ScanListing(options, id, {
      value,
      found: before?.found ?? { bytes: Buffer.alloc(0), etag: "" },
    });
    if (value.phase === "listing") {
      value.attempt += 1;
      value.lister = lister;
      await listing.#replace(before === undefined ? "first" : "again");
    }
    return listing;
  }

  get state(): ScanState {
    return this.#held.value;
  }

  /** Lists what is left; then the scan is settling. */
  async run(): Promise<void> {
    const { value } = this.#held;
    if (value.phase !== "listing") return;
    for (const [number, leg] of value.legs.entries()) {
      if (leg.left.length > 0) await this.#runLeg(number, leg);
    }
    value.phase = "settling";
    await this.#replace("again");
  }

  async #runLeg(number: number, leg: Leg): Promise<void> {
    const { targets, signal, timing } = this.#options;
    const target = targets.find(({ name }) => name === leg.target);
    // The pipeline has been built anew without it.
    if (target === undefined) return void (this.#held.value.legs[number] = { ...leg, left: [] });
    const listing = new LegListing({
      ...this.#options,
      scan: this.#id,
      attempt: this.#held.value.attempt,
      number,
      target,
      leg,
      signal: AbortSignal.any([signal, this.#stop.signal]),
    });
    const timer = setInterval(
      () => this.#saveSoon(number, listing),
      {
        ...FLEET_TIMING,
        ...timing,
      }.saveMs,
    );
    try {
      await listing.run();
    } catch (error) {
      throw this.#failure ?? error;
    } finally {
      clearInterval(timer);
      await this.#saving;
    }
    await this.#save(number, listing);
  }

  #saveSoon(number: number, listing: LegListing): void {
    this.#saving = this.#saving
      .then(() => (this.#failure === undefined ? this.#save(number, listing) : undefined))
      .catch((error: unknown) => {
        // A store out of reach for a moment: the next save says more.
        if (error instanceof CloudError) return;
        this.#failure = error;
        this.#stop.abort();
      });
  }

  async #save(number: number, listing: LegListing): Promise<void> {
    this.#held.value.legs[number] = await listing.save();
    await this.#replace("again");
  }

  async #replace(which: "first" | "again"): Promise<void> {
    const { store, signal, now = Date.now } = this.#options;
    if (signal.aborted) throw new Interrupted();
    const { value, found } = this.#held;
    value.movedAt = now();
    const bytes = toBytes(value);
    const expected = which === "first" ? undefined : found;
    const etag = await store.replace(stateName(this.#id), bytes, expected, signal);
    if (etag === undefined) throw new TakenOver(this.#id);
    this.#held = { value, found: { bytes, etag } };
  }
}

function freshLeg(target: string): Leg {
  return {
    target,
    left: [{ after: undefined, upTo: undefined }],
    tally: newTally(),
    slices: [],
    spool: { parts: 0, keys: 0 },
  };
}
