import assert from "node:assert/strict";
import fc from "fast-check";
import { mappingOf, type Mapping } from "../../../../runtime/decide/mapping.ts";
import type { Batch } from "../../../../runtime/scan/batch.ts";
import { Frontier } from "../../../../runtime/scan/frontier.ts";
import { Merge, type Listings } from "../../../../runtime/scan/merge.ts";
import { Names } from "../../../../runtime/scan/names.ts";
import { Shards, type Span } from "../../../../runtime/scan/shards.ts";
import type { ListedObject, ListedTarget } from "../../../../runtime/stores/contract.ts";
import { listingsOf, named, object, utf8Order, type Kept } from "./listings.ts";

/** Few characters, so that names meet: folders, `//`, dots, what Azure encodes, both sides of the surrogates, long prefixes. */
const NAME = fc
  .array(
    fc.constantFrom(
      "a",
      "b",
      "0",
      "9",
      "/",
      ".",
      "\\",
      "%",
      "41",
      " ",
      "\u0001",
      "é",
      "\uff5e",
      "😀",
      "long-prefix/",
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(""));
const KIND = fc.constantFrom("s3" as const, "azure-blob" as const);
const PAGES = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });
const PLACES = fc.record({
  strip: fc.constantFrom("", "src/"),
  prefix: fc.constantFrom("", "dst/", "src/"),
});

interface Case {
  readonly mapping: Mapping;
  readonly places: { readonly strip: string; readonly prefix: string };
  readonly kept: Kept;
  readonly listings: Listings;
  /** What each key of the source must come to: `same`, `differs` or `absent` at the target. */
  readonly expected: ReadonlyMap<string, string>;
  /** Names that no key of the source has. */
  readonly extras: readonly string[];
}

const CASE: fc.Arbitrary<Case> = fc
  .record({
    keys: fc.uniqueArray(NAME, { maxLength: 40 }),
    others: fc.uniqueArray(NAME, { maxLength: 20 }),
    fates: fc.array(fc.constantFrom("same", "differs", "absent"), { minLength: 1, maxLength: 40 }),
    kind: KIND,
    places: PLACES,
    pages: PAGES,
    order: fc.constantFrom("utf-8" as const, "utf-16" as const),
  })
  .map(({ keys, others, fates, kind, places, pages, order }) => {
    const mapping = mappingOf(kind, { ...places, writer: "t/p" });
    const target = new Map<string, ListedTarget>();
    const expected = new Map<string, string>();
    const source = keys.map((key, at) => object(places.strip + key, at, `e${at}`));
    source.forEach((one, at) => {
      const name = mapping.name(one.key);
      const fate = name.ok ? (fates[at % fates.length] ?? "same") : "absent";
      expected.set(one.key, fate);
      if (!name.ok || fate === "absent") return;
      target.set(name.name, named(name.name, fate === "same" ? at : at + 1, `"e${at}"`));
    });
    const extras: string[] = [];
    for (const other of others) {
      const name = places.prefix + other;
      if (target.has(name) || expected.has(mapping.key(name) ?? "")) continue;
      extras.push(name);
      target.set(name, named(name));
    }
    // Only S3's own order is certain; a cloud that orders otherwise is one whose names may be encoded as well.
    const kept = {
      source,
      target: [...target.values()],
      pages,
      order: kind === "s3" ? ("utf-8" as const) : order,
    };
    return { mapping, places, kept, listings: listingsOf(kept), expected, extras };
  });

describe("merging two listings", () => {
  it("gives out every key of the source once with its verdict, and every name that is only at the target once", async () => {
    await fc.assert(
      fc.asyncProperty(CASE, async (one) => {
        const seen = new Seen(one);
        await shards(one, { take: (batch) => seen.add(batch) }).run();
        seen.check();
      }),
      { numRuns: 300 },
    );
  });

  it("does so when ranges are divided at any moment, and when it goes on from what is left of them", async () => {
    const stop = fc.integer({ min: 0, max: 12 });
    await fc.assert(
      fc.asyncProperty(CASE, stop, async (one, stopAfter) => {
        const seen = new Seen(one, "may repeat");
        const left = await interrupted(one, seen, stopAfter);
        if (left !== undefined) {
          await shards(one, { take: (batch) => seen.add(batch), spans: left }).run();
        }
        seen.check();
      }),
      { numRuns: 300 },
    );
  });

  it("gives out every key whatever the order of the target's names", async () => {
    await fc.assert(
      fc.asyncProperty(CASE, fc.infiniteStream(fc.nat()), async (one, random) => {
        const target = [...one.kept.target].sort(() => Number(random.next().value) % 2 || -1);
        const found: string[] = [];
        const kept: Kept = { ...one.kept, target, order: "as given" };
        await shards(
          { ...one, kept },
          { take: (batch) => void found.push(...keysOf(batch)) },
        ).run();
        assert.deepEqual(found.sort(utf8Order), [...one.expected.keys()].sort(utf8Order));
      }),
      { numRuns: 100 },
    );
  });

  it("asks for no page before the one before it is read", async () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `k${String(at).padStart(6, "0")}`);
    const asked = { requests: 0 };
    const one = sameKeys(many, { pages: [100], count: asked });
    const merge = open(one, { prefix: "" });
    await merge.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(asked.requests, 2, "a page of each side: listings themselves read ahead");
    await merge.end();
  });
});

describe("dividing ranges", function () {
  this.timeout(60_000);
  const shapes: Record<string, (at: number, of: number) => string> = {
    "sequential numbers under a long common prefix": (at) =>
      `data/warehouse/part-${String(at).padStart(12, "0")}`,
    "one date that has nearly all": (at, of) =>
      at < of / 50
        ? `logs/2024/${String((at % 12) + 1).padStart(2, "0")}/${at}`
        : `logs/2025/06/01/host-${String(at).padStart(8, "0")}`,
    "nested dates": (at) =>
      `logs/${2000 + Math.floor(at / 3600)}/${pad(Math.floor(at / 300) % 12)}/${pad(Math.floor(at / 10) % 30)}/${at % 10}`,
    "flat UUIDs": (at) => uuid(at),
  };
  for (const [title, keyOf] of Object.entries(shapes)) {
    it(`lists ${title} in parallel`, async () => {
      const of = 15_000;
      const pages = of / 100;
      const count = { requests: 0 };
      const one = sameKeys(
        Array.from({ length: of }, (_, at) => keyOf(at, of)),
        { pages: [100], turns: 8, count },
      );
      let found = 0;
      const all = shards(one, { take: (batch) => void (found += keysOf(batch).length), width: 16 });
      const turns = await turnsOf(all.run());
      assert.equal(found, new Set(one.kept.source.map(({ key }) => key)).size);
      assert.ok(turns < (pages * 8) / 3, `${turns} turns, ${pages * 8} in a row`);
      assert.ok(count.requests < pages * 2 * 2, `${count.requests} requests`);
    });
  }

  it("is left alone while listings answer at once", async () => {
    const count = { requests: 0 };
    const keys = Array.from({ length: 20_000 }, (_, at) => uuid(at));
    const one = sameKeys(keys, { count });
    let widest = 0;
    const take = (): void => void (widest = Math.max(widest, all.width));
    const all = shards(one, { take, slowMs: 1000 });
    await all.run();
    assert.equal(widest, 1);
    assert.equal(count.requests, 40);
  });
});

/** How many turns of the event loop something takes: time that no other load on the machine changes. */
async function turnsOf(work: Promise<void>): Promise<number> {
  const state = { done: false };
  const settled = work.finally(() => (state.done = true));
  let turns = 0;
  for (; !state.done; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  await settled;
  return turns;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}

function uuid(at: number): string {
  const hex = (Math.imul(at + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0");
  return `${hex}-${at}`;
}

function sameKeys(keys: readonly string[], more: Partial<Kept>): Case {
  const kept = {
    source: keys.map((key) => object(key)),
    target: keys.map((key) => named(key)),
    ...more,
  };
  return {
    kept,
    listings: listingsOf(kept),
    mapping: mappingOf("azure-blob", { prefix: "", writer: "t/p" }),
    places: { strip: "", prefix: "" },
    expected: new Map(keys.map((key) => [key, "same"])),
    extras: [],
  };
}

function open(
  one: Omit<Case, "expected" | "extras">,
  range: { prefix: string } & Partial<Span>,
): Merge {
  return new Merge({
    listings: one.listings,
    names: new Names(one.mapping, one.places),
    range,
    compares: undefined,
    trust: undefined,
    signal: new AbortController().signal,
  });
}

function shards(
  one: Case,
  more: { take: (batch: Batch) => void; spans?: readonly Span[]; slowMs?: number; width?: number },
): Shards {
  // Divides whenever it can: no listing is too fast for it.
  return new Shards({
    prefix: one.places.strip,
    slowMs: 0,
    width: 4,
    open: (range) => open(one, range),
    busy: () => false,
    ...more,
  });
}

/** Runs until so many batches have been taken; returns what is left, or undefined when that was all. */
async function interrupted(
  one: Case,
  seen: Seen,
  stopAfter: number,
): Promise<readonly Span[] | undefined> {
  const stopped = new Error("stopped");
  const frontier = new Frontier<undefined>(() => undefined);
  let batches = 0;
  const all = new Shards({
    prefix: one.places.strip,
    slowMs: 0,
    width: 4,
    busy: () => false,
    open: (range) => open(one, range),
    begun: (shard) => frontier.begin(shard),
    take(batch, shard) {
      if (batches >= stopAfter) throw stopped;
      batches += 1;
      seen.add(batch);
      frontier.settle(shard, frontier.add(shard, batch.upTo, undefined));
    },
    ended: (shard) => frontier.end(shard),
  });
  try {
    await all.run();
    return undefined;
  } catch (error) {
    assert.equal(error, stopped);
    return [...frontier.left(), ...all.waiting];
  }
}

function keysOf(batch: Batch): string[] {
  return [...batch.unchanged, ...batch.candidates].map(({ key }) => key);
}

/** What has been given out so far, and what should be. */
class Seen {
  readonly #one: Case;
  readonly #verdicts = new Map<string, string>();
  readonly #extras: string[] = [];
  readonly #astral: "once" | "may repeat";

  /** `astral`: a name beyond U+FFFF is given out before its turn, so whoever resumes before its turn sees it again. */
  constructor(one: Case, astral: "once" | "may repeat" = "once") {
    this.#one = one;
    this.#astral = astral;
  }

  add(batch: Batch): void {
    for (const { key } of batch.unchanged) this.#set(key, "same");
    for (const { key, source, target } of batch.candidates) {
      if (target === undefined) this.#set(key, this.#look(source));
      else this.#set(key, target.state === "absent" ? "absent" : "differs");
    }
    for (const { target, key, absence } of batch.extras) {
      assert.equal(key, this.#one.mapping.key(target.name));
      if (absence === "unseen" && this.#one.expected.has(key ?? "")) continue;
      const again = this.#extras.includes(target.name) && /[\uD800-\uDFFF]/.test(target.name);
      if (!again || this.#astral === "once") this.#extras.push(target.name);
    }
  }

  check(): void {
    assert.deepEqual(sorted(this.#verdicts), sorted(this.#one.expected));
    assert.deepEqual(this.#extras.sort(utf8Order), [...this.#one.extras].sort(utf8Order));
  }

  /** What whoever settles does with a key that was not compared. */
  #look(source: ListedObject): string {
    const name = this.#one.mapping.name(source.key);
    const target = this.#one.kept.target.find((one) => name.ok && one.name === name.name);
    if (target === undefined) return "absent";
    return target.size === source.size ? "same" : "differs";
  }

  #set(key: string, verdict: string): void {
    assert.ok(!this.#verdicts.has(key), `${JSON.stringify(key)} was given out twice`);
    this.#verdicts.set(key, verdict);
  }
}

function sorted(verdicts: ReadonlyMap<string, string>): [string, string][] {
  return [...verdicts].sort(([a], [b]) => utf8Order(a, b));
}
