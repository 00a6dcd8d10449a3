import type { Content } from "./content.ts";
import { Population, type PopulationSpec } from "./population.ts";

/** What a side holds under one name. */
export interface Stored {
  readonly content: Content;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds. */
  readonly modified: number;
  /** 1 is the first. */
  readonly version: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Content-Type and its like, by lower-case header name without x-ms-blob-. */
  readonly headers: Readonly<Record<string, string>>;
  readonly contentMd5: string | undefined;
}

/** How a side describes the objects of a population. */
export type Describe = (population: Population, index: number, version: number) => Stored;

/**
 * One bucket or container: populations, which are computed, and above them what was written, overwritten or deleted since (null: deleted).
 */
export class Bucket {
  readonly name: string;
  versioned = false;
  readonly #describe: Describe;
  #populations: Population[] = [];
  readonly written = new Map<string, Stored | null>();
  #sorted: string[] | undefined;

  constructor(name: string, describe: Describe) {
    this.name = name;
    this.#describe = describe;
  }

  get populations(): readonly Population[] {
    return this.#populations;
  }

  populate(spec: PopulationSpec, modified: number): void {
    const others = this.#populations.filter(({ spec: { prefix } }) => prefix !== spec.prefix);
    const shared = others.find(
      ({ spec: { prefix } }) => prefix.startsWith(spec.prefix) || spec.prefix.startsWith(prefix),
    );
    if (shared !== undefined) {
      throw new Error(`Prefix ${spec.prefix} overlaps with ${shared.spec.prefix}`);
    }
    this.clear(spec.prefix);
    this.#populations = [...others, new Population(spec, modified)].sort((a, b) =>
      a.spec.prefix < b.spec.prefix ? -1 : 1,
    );
  }

  /** Forgets everything under a prefix. */
  clear(prefix: string): void {
    this.#populations = this.#populations.filter(({ spec }) => !spec.prefix.startsWith(prefix));
    for (const key of this.written.keys()) if (key.startsWith(prefix)) this.written.delete(key);
    this.#sorted = undefined;
  }

  get(key: string): Stored | undefined {
    const written = this.written.get(key);
    if (written !== undefined) return written ?? undefined;
    for (const population of this.#populations) {
      const index = population.indexOf(key);
      if (index !== undefined) return this.#describe(population, index, 1);
    }
    return undefined;
  }

  /** An older version of a key of a population. */
  version(key: string, version: number): Stored | undefined {
    const now = this.get(key);
    if (now?.version === version) return now;
    const found = this.#find(key);
    return found === undefined || version < 1 || version > (now?.version ?? 0)
      ? undefined
      : this.#describe(found.population, found.index, version);
  }

  put(key: string, stored: Stored): void {
    if (!this.written.has(key)) this.#sorted = undefined;
    this.written.set(key, stored);
  }

  delete(key: string): void {
    const inPopulation = this.#populations.some((each) => each.indexOf(key) !== undefined);
    if (inPopulation) {
      if (!this.written.has(key)) this.#sorted = undefined;
      this.written.set(key, null);
    } else if (this.written.delete(key)) this.#sorted = undefined;
  }

  /** A key of a population gets its next version, as if someone had written it now. */
  overwrite(key: string): Stored | undefined {
    const found = this.#find(key);
    const now = this.get(key);
    if (found === undefined || now === undefined) return undefined;
    const next = this.#describe(found.population, found.index, now.version + 1);
    // Tools tell a change by the second.
    const modified = Math.max(Date.now(), now.modified + 1000);
    const stored = { ...next, modified };
    this.put(key, stored);
    return stored;
  }

  #find(key: string): { population: Population; index: number } | undefined {
    for (const population of this.#populations) {
      const index = population.indexOf(key);
      if (index !== undefined) return { population, index };
    }
    return undefined;
  }

  cursor(from: string): Cursor {
    this.#sorted ??= [...this.written.keys()].sort();
    return new Cursor(this.#populations, this.#describe, this.#sorted, this.written, from);
  }
}

/** Walks the keys of a bucket in order; can leap. */
export class Cursor {
  readonly #populations: readonly Population[];
  readonly #describe: Describe;
  readonly #keys: readonly string[];
  readonly #written: ReadonlyMap<string, Stored | null>;
  #population = 0;
  #index = 0;
  #at = 0;
  /** The population's next key, undefined when it has none. */
  #next: string | undefined;

  constructor(
    populations: readonly Population[],
    describe: Describe,
    keys: readonly string[],
    written: ReadonlyMap<string, Stored | null>,
    from: string,
  ) {
    this.#populations = populations;
    this.#describe = describe;
    this.#keys = keys;
    this.#written = written;
    this.seek(from);
  }

  /** To the first key at or after `from`. */
  seek(from: string): void {
    this.#population = 0;
    this.#index = 0;
    for (;;) {
      const population = this.#populations[this.#population];
      if (population === undefined) break;
      this.#index = population.lowerBound(from);
      if (this.#index < population.count) break;
      this.#population += 1;
    }
    this.#settle();
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? "") < from) low = middle + 1;
      else high = middle;
    }
    this.#at = low;
  }

  get key(): string | undefined {
    for (;;) {
      const written = this.#keys[this.#at];
      if (written === undefined || (this.#next !== undefined && this.#next < written)) {
        return this.#next;
      }
      if (this.#written.get(written) !== null) return written;
      this.#step(written);
    }
  }

  /** What stands at `key`. */
  get stored(): Stored | undefined {
    const key = this.key;
    if (key === undefined) return undefined;
    if (key === this.#keys[this.#at]) return this.#written.get(key) ?? undefined;
    const population = this.#populations[this.#population];
    return population === undefined ? undefined : this.#describe(population, this.#index, 1);
  }

  advance(): void {
    const key = this.key;
    if (key !== undefined) this.#step(key);
  }

  #step(key: string): void {
    if (this.#keys[this.#at] === key) this.#at += 1;
    if (this.#next !== key) return;
    this.#index += 1;
    this.#settle();
  }

  #settle(): void {
    for (;;) {
      const population = this.#populations[this.#population];
      if (population === undefined) {
        this.#next = undefined;
        return;
      }
      if (this.#index < population.count) {
        this.#next = population.key(this.#index);
        return;
      }
      this.#population += 1;
      this.#index = 0;
    }
  }
}

/** A page of a listing: keys and, where a delimiter was given, what they have in common. */
export interface Page {
  readonly entries: (
    { readonly key: string; readonly stored: Stored } | { readonly prefix: string }
  )[];
  /** Where the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

export function page(
  bucket: Bucket,
  asked: {
    readonly prefix: string;
    readonly delimiter: string;
    /** First key that may be listed. */
    readonly from: string;
    readonly limit: number;
  },
): Page {
  const { prefix, delimiter, limit } = asked;
  const cursor = bucket.cursor(asked.from > prefix ? asked.from : prefix);
  const entries: Page["entries"] = [];
  for (;;) {
    const key = cursor.key;
    if (key?.startsWith(prefix) !== true) return { entries, next: undefined };
    if (entries.length >= limit) return { entries, next: key };
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    if (end >= 0) {
      const common = key.slice(0, end + delimiter.length);
      entries.push({ prefix: common });
      cursor.seek(`${common}\uffff`);
      continue;
    }
    const stored = cursor.stored;
    if (stored !== undefined) entries.push({ key, stored });
    cursor.advance();
  }
}
