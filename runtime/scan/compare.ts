import { decide } from "../decide/decide.ts";
import { inScope } from "../decide/filter.ts";
import type { ListedObject, SourceSide, TargetObject, TargetSide } from "../stores/contract.ts";
import type { Batch, Extra } from "./batch.ts";
import { mergesOf, type Comparison } from "./comparison.ts";
import { addSum, type Sum } from "./progress.ts";
import { Shards } from "./shards.ts";
import { Slots } from "./slots.ts";

export type Verdict = "same" | "differs" | "only-source" | "only-target";

export interface Difference {
  readonly verdict: Exclude<Verdict, "same">;
  /** Undefined: a name at the target that no key has. */
  readonly key: string | undefined;
  /** Undefined: no name exists for the key. */
  readonly name: string | undefined;
  readonly reason: string;
  /** Bytes; undefined: absent there. */
  readonly sourceSize: number | undefined;
  readonly targetSize: number | undefined;
}

/** How many keys came to each verdict, and their bytes: at the source, or where only the target has them, there. */
export interface Counts extends Record<Verdict, Sum> {
  /** Keys of the source that the filter leaves out. */
  readonly skipped: Sum;
}

export interface CompareOptions extends Comparison {
  /** Given every difference; while it is pending, less is read. */
  readonly difference?: (difference: Difference) => Promise<void> | void;
  /** Counts so far, while it runs. */
  readonly counts?: Counts;
  readonly width?: number;
  /** How many keys that listings cannot tell are looked at on both sides at once. */
  readonly looks?: number;
}

const LOOKS = 64;

export function newCounts(): Counts {
  const sum = (): Sum => ({ objects: 0, bytes: 0 });
  return {
    same: sum(),
    differs: sum(),
    "only-source": sum(),
    "only-target": sum(),
    skipped: sum(),
  };
}

/** Compares every key of the source with the target, by their listings and, where those do not tell, by a look at both. */
export async function compareKeys(options: CompareOptions): Promise<Counts> {
  const { prefix, width, signal, looks = LOOKS, counts = newCounts() } = options;
  const slots = new Slots(looks, signal);
  const comparing = new Comparing(options, slots, counts);
  const shards = new Shards({
    prefix,
    open: mergesOf(options),
    take: (batch) => comparing.take(batch),
    ...(width === undefined ? {} : { width }),
  });
  try {
    await shards.run();
  } finally {
    await slots.done();
  }
  return counts;
}

class Comparing {
  readonly #options: CompareOptions;
  readonly #slots: Slots;
  readonly #counts: Counts;

  constructor(options: CompareOptions, slots: Slots, counts: Counts) {
    this.#options = options;
    this.#slots = slots;
    this.#counts = counts;
  }

  async take({ unchanged, unchangedBytes, candidates, extras }: Batch): Promise<void> {
    addSum(this.#counts.same, unchanged.length, unchangedBytes);
    for (const { source, target } of candidates) {
      const begun = this.#judge(source, target);
      if (begun !== undefined) await begun;
    }
    for (const extra of extras) {
      const begun = this.#judgeExtra(extra);
      if (begun !== undefined) await begun;
    }
  }

  #judge(source: ListedObject, target: TargetSide | undefined): Promise<void> | void {
    const { mapping } = this.#options.target;
    if (!inScope(source.key, this.#options.policy.scope).in) {
      addSum(this.#counts.skipped, 1, source.size);
      return;
    }
    const name = mapping.name(source.key);
    if (!name.ok) return this.#tell("only-source", source, undefined, undefined, name.reason);
    if (target?.state === "absent") {
      return this.#tell("only-source", source, name.name, undefined, "absent at the target");
    }
    if (target !== undefined && target.size !== source.size) {
      return this.#tell(
        "differs",
        source,
        name.name,
        target,
        `the target has ${target.size} bytes`,
      );
    }
    return this.#slots.start(() => this.#look(source, name.name));
  }

  /** Both sides as they are now: checksums and marks that listings lack. */
  async #look(listed: ListedObject, name: string): Promise<void> {
    const { source, target: placed, policy, signal } = this.#options;
    const [target, found] = await Promise.all([
      placed.store.look(name, signal),
      source.look(listed.key, signal),
    ]);
    // Deleted since it was listed: it is on neither side of the comparison.
    if (found.state === "absent") return;
    await this.#decided(listed, name, found, target, policy);
  }

  async #decided(
    listed: ListedObject,
    name: string,
    found: SourceSide,
    target: TargetSide,
    policy: CompareOptions["policy"],
  ): Promise<void> {
    const decision = decide(found, target, policy);
    if (decision.do === "unchanged") addSum(this.#counts.same, 1, listed.size);
    else if (decision.do === "skip") addSum(this.#counts.skipped, 1, listed.size);
    else if (target.state === "absent") {
      await this.#tell("only-source", listed, name, undefined, decision.reason);
    } else await this.#tell("differs", listed, name, target, decision.reason);
  }

  #judgeExtra(extra: Extra): Promise<void> | void {
    const { key, absence, target } = extra;
    if (key !== undefined && !inScope(key, this.#options.policy.scope).in) return;
    if (key === undefined || absence === "seen") return this.#tellExtra(extra);
    return this.#slots.start(async () => {
      const { source, signal } = this.#options;
      const side = await source.look(key, signal);
      if (side.state === "absent") return this.#tellExtra(extra);
      // Its key, when it came, found nothing in its place.
      if (extra.late) await this.#correct(side.object, target);
    });
  }

  async #correct(
    object: (SourceSide & { state: "present" })["object"],
    target: Extra["target"],
  ): Promise<void> {
    addSum(this.#counts["only-source"], -1, -object.size);
    const side: TargetSide = { ...target, state: "present" };
    const listed = { ...object, etag: object.pin.etag, modified: Date.parse(object.modified) };
    if (side.marksAre === "unseen") await this.#look(listed, target.name);
    else {
      const found = { state: "present", object } as const;
      await this.#decided(listed, target.name, found, side, this.#options.policy);
    }
  }

  #tellExtra({ key, target }: Extra): Promise<void> | void {
    addSum(this.#counts["only-target"], 1, target.size);
    return this.#options.difference?.({
      verdict: "only-target",
      key,
      name: target.name,
      reason: key === undefined ? "no key has this name" : "absent at the source",
      sourceSize: undefined,
      targetSize: target.size,
    });
  }

  #tell(
    verdict: "differs" | "only-source",
    source: ListedObject,
    name: string | undefined,
    target: TargetObject | undefined,
    reason: string,
  ): Promise<void> | void {
    addSum(this.#counts[verdict], 1, source.size);
    return this.#options.difference?.({
      verdict,
      key: source.key,
      name,
      reason,
      sourceSize: source.size,
      targetSize: target?.size,
    });
  }
}
