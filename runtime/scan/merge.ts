import type { Candidate } from "../copy/work.ts";
import { decideListed, type Trust } from "../decide/listed.ts";
import type { KeyRange, ListedObject, ListedTarget, TargetSide } from "../stores/contract.ts";
import type { Batch, Extra } from "./batch.ts";
import { Cursor, type PageSize } from "./cursor.ts";
import type { Names } from "./names.ts";
import { compareUtf8 } from "./order.ts";

/** Both sides of a comparison, as far as listing goes. */
export interface Listings {
  source(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly ListedObject[]>;
  target(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly ListedTarget[]>;
}

export interface MergeOptions {
  readonly listings: Listings;
  readonly names: Names;
  /** Of keys. */
  readonly range: KeyRange;
  /** False: the key is not compared but looked at, whatever the listings show (a filter may leave it out). */
  readonly compares: ((object: ListedObject) => boolean) | undefined;
  readonly trust: Trust | undefined;
  /** Shared by all ranges. */
  readonly pages?: { readonly source: PageSize; readonly target: PageSize };
  readonly signal: AbortSignal;
}

const ABSENT: TargetSide = { state: "absent" };

/**
 * Two listings as one, name by name in the order of UTF-8 bytes. Only a page of each side is held, and the next one by its listing. What is not in order, or is
 * encoded, is not compared but given out at once to be looked at: nothing depends on the order but speed.
 */
export class Merge {
  readonly #options: MergeOptions;
  readonly #names: Names;
  readonly #stop = new AbortController();
  readonly #source: Cursor<ListedObject>;
  readonly #target: Cursor<ListedTarget>;
  /** The end of the range, as a key and as a place. */
  #upTo: string | undefined;
  #upToPlace: string | undefined;
  readonly #after: string | undefined;
  /** Places of the last items read. */
  #sourceAt: string | undefined;
  #targetAt: string | undefined;
  /** The greatest place that both sides have passed. */
  #passed: string | undefined;
  /** The greatest name that was given out before its turn. */
  #ahead: string | undefined;
  #disordered = false;

  constructor(options: MergeOptions) {
    const { listings, names, range } = options;
    this.#options = options;
    this.#names = names;
    this.#after = range.after === undefined ? undefined : names.place(range.after);
    this.#sourceAt = this.#targetAt = this.#passed = this.#after;
    this.#upTo = range.upTo;
    this.#upToPlace = range.upTo === undefined ? undefined : names.place(range.upTo);
    const signal = AbortSignal.any([options.signal, this.#stop.signal]);
    const targetRange = {
      prefix: names.place(range.prefix),
      after: this.#after,
      upTo: this.#upToPlace,
    };
    const { pages } = options;
    this.#source = new Cursor(
      listings.source(range, signal),
      (object) => object.key,
      pages?.source,
    );
    this.#target = new Cursor(
      listings.target(targetRange, signal),
      ({ name }) => name,
      pages?.target,
    );
  }

  get upTo(): string | undefined {
    return this.#upTo;
  }

  /** Surely or likely, nothing is left to fetch. */
  get fetched(): boolean {
    return this.#source.fetched && this.#target.fetched;
  }

  /** One of the listings was not in order: such a range must not be divided. */
  get disordered(): boolean {
    return this.#disordered;
  }

  /** Up to where both sides have been fetched; a side without further pages counts no more. Nothing past it has been given out. */
  get reached(): string | undefined {
    const source = this.#source.fetched ? undefined : this.#source.reached;
    const target = this.#target.fetched ? undefined : this.#target.reached;
    const key = target === undefined ? undefined : this.#names.keyAt(target);
    const both = source === undefined || key === undefined || compareUtf8(source, key) < 0;
    const fetched = both ? (source ?? key) : key;
    if (fetched === undefined || this.#ahead === undefined) return fetched;
    return later(fetched, this.#names.keyAt(this.#ahead));
  }

  get waitedMs(): number {
    return this.#source.waitedMs + this.#target.waitedMs;
  }

  /** Leaves out what comes after the key, from now on: somebody else lists it. */
  narrow(upTo: string): void {
    this.#upTo = upTo;
    this.#upToPlace = this.#names.place(upTo);
  }

  /** The next batch: until a page of either side is read. Undefined: the range is done. */
  async next(): Promise<Batch | undefined> {
    await Promise.all([this.#source.fill(), this.#target.fill()]);
    if (this.#source.ended && this.#target.ended) return undefined;
    if (this.#upToPlace !== undefined) this.#cut(this.#upToPlace);
    const batch = new Gathered();
    this.#compare(batch);
    batch.upTo = this.#passed === undefined ? undefined : this.#names.keyAt(this.#passed);
    return batch;
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#source.end(), this.#target.end()]);
  }

  /** What has been fetched past the end belongs to another range. */
  #cut(upTo: string): void {
    const { page: keys } = this.#source;
    const keep = within(keys.length, (at) => this.#names.place(keys[at]?.key ?? ""), upTo);
    if (keep < keys.length) this.#source.close(keep);
    const { page: names } = this.#target;
    const kept = within(names.length, (at) => names[at]?.name ?? "", upTo);
    if (kept < names.length) this.#target.close(kept);
  }

  #compare(batch: Gathered): void {
    let place = this.#sourceHead(batch);
    let name = this.#targetHead(batch);
    while (place !== undefined || name !== undefined) {
      if (place === undefined && !this.#source.ended) return;
      if (name === undefined && !this.#target.ended) return;
      const order = inOrder(place, name);
      const object = order <= 0 ? this.#takeSource(place) : undefined;
      const target = order >= 0 ? this.#takeTarget(name, batch) : undefined;
      this.#passed = order <= 0 ? place : name;
      if (object === undefined || place === undefined) this.#extra(batch, target, "in order");
      else this.#judge(batch, object, place, target);
      if (order <= 0) place = this.#sourceHead(batch);
      if (order >= 0) name = this.#targetHead(batch);
    }
  }

  /** A key of the source, and what the target lists in its place. */
  #judge(
    batch: Gathered,
    object: ListedObject,
    place: string,
    listed: ListedTarget | undefined,
  ): void {
    if (!this.#names.isPlainKey(object.key, place)) {
      batch.candidates.push({ key: object.key, source: object });
      this.#extra(batch, listed, "in order");
      return;
    }
    const { compares, trust } = this.#options;
    const target: TargetSide = listed === undefined ? ABSENT : { ...listed, state: "present" };
    const compared = compares === undefined || compares(object);
    if (compared && decideListed(object, target, trust) === "unchanged") {
      batch.unchanged.push(object);
      batch.unchangedBytes += object.size;
    } else {
      batch.candidates.push({ key: object.key, source: object, target });
    }
  }

  #extra(batch: Gathered, target: ListedTarget | undefined, when: "in order" | "late"): void {
    if (target === undefined) return;
    const plain = this.#names.isPlainName(target.name);
    const key = this.#names.key(target.name);
    const absence = plain && when === "in order" ? "seen" : "unseen";
    // Keys beyond U+FFFF are not compared either.
    const late = plain && when === "late" && this.#names.inPlace(target.name);
    batch.extras.push({ target, key, absence, late });
  }

  /** The place of the next key in order; undefined when the page is read. What is out of order is given out. */
  #sourceHead(batch: Gathered): string | undefined {
    for (const { page } = this.#source; this.#source.at < page.length; this.#source.at += 1) {
      const object = page[this.#source.at];
      if (object === undefined) continue;
      const place = this.#names.place(object.key);
      const order = this.#follows(place, this.#sourceAt);
      if (order === "next") return place;
      if (order === "late") batch.candidates.push({ key: object.key, source: object });
    }
    return undefined;
  }

  #targetHead(batch: Gathered): string | undefined {
    for (const { page } = this.#target; this.#target.at < page.length; this.#target.at += 1) {
      const object = page[this.#target.at];
      if (object === undefined) continue;
      const order = this.#follows(object.name, this.#targetAt);
      // Where the cloud puts characters beyond U+FFFF is not known: such a name must not hold up those that follow it.
      if (order === "next" && this.#names.inPlace(object.name)) return object.name;
      if (order === "before") continue;
      if (order === "next") this.#ahead = later(this.#ahead, object.name);
      batch.names += 1;
      this.#extra(batch, object, "late");
    }
    return undefined;
  }

  #takeSource(place: string | undefined): ListedObject | undefined {
    this.#sourceAt = place;
    const object = this.#source.page[this.#source.at];
    this.#source.at += 1;
    return object;
  }

  #takeTarget(name: string | undefined, batch: Gathered): ListedTarget | undefined {
    this.#targetAt = name;
    batch.names += 1;
    const object = this.#target.page[this.#target.at];
    this.#target.at += 1;
    return object;
  }

  /** `before`: a listing repeats itself, or begins before it was asked to. */
  #follows(place: string, last: string | undefined): "next" | "late" | "before" {
    if (last === undefined) return "next";
    const order = compareUtf8(place, last);
    if (order > 0) return "next";
    if (order === 0 || (this.#after !== undefined && compareUtf8(place, this.#after) <= 0)) {
      return "before";
    }
    this.#disordered = true;
    return "late";
  }
}

/** A batch that is being filled. */
class Gathered implements Batch {
  readonly unchanged: ListedObject[] = [];
  readonly candidates: (Candidate & { readonly source: ListedObject })[] = [];
  readonly extras: Extra[] = [];
  unchangedBytes = 0;
  names = 0;
  upTo: string | undefined;
}

function later(one: string | undefined, other: string): string {
  return one === undefined || compareUtf8(one, other) < 0 ? other : one;
}

function inOrder(place: string | undefined, name: string | undefined): number {
  if (place === undefined) return 1;
  if (name === undefined) return -1;
  return compareUtf8(place, name);
}

/** How many of the items at the beginning of a page are not past the end. */
function within(length: number, textAt: (at: number) => string, upTo: string): number {
  let keep = length;
  while (keep > 0 && compareUtf8(textAt(keep - 1), upTo) > 0) keep -= 1;
  return keep;
}
