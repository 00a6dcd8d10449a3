import type { Mapping } from "../decide/mapping.ts";
import { hasSurrogates } from "./order.ts";

/** What is put in front of keys where they become names, and what is left out. */
export interface Rebase {
  /** What every key begins with and no name does. */
  readonly strip: string;
  /** What every name begins with in its place. */
  readonly prefix: string;
}

/**
 * Keys and names in one order. A key that only changes its prefix is plain, and plain keys are in the order of their names. The others (an encoded
 * character moves a name elsewhere; some clouds order characters beyond U+FFFF differently) are looked at one by one.
 */
export class Names {
  readonly #mapping: Mapping;
  readonly #rebase: Rebase;
  readonly #same: boolean;

  constructor(mapping: Mapping, rebase: Rebase) {
    this.#mapping = mapping;
    this.#rebase = rebase;
    this.#same = rebase.strip === rebase.prefix;
  }

  /** Where a key stands in the order of names: its name, unless that is encoded. */
  place(key: string): string {
    if (this.#same) return key;
    return this.#rebase.prefix + key.slice(this.#rebase.strip.length);
  }

  /** The inverse of `place`. */
  keyAt(place: string): string {
    if (this.#same) return place;
    return this.#rebase.strip + place.slice(this.#rebase.prefix.length);
  }

  /** Whether the key's name is its place. */
  isPlainKey(key: string, place: string): boolean {
    if (this.#mapping.kind === "s3" || !MAY_BE_ENCODED.test(place)) return true;
    if (hasSurrogates(place)) return false;
    const name = this.#mapping.name(key);
    return name.ok ? name.name === place : false;
  }

  /** Whether the name is the place of a plain key. */
  isPlainName(name: string): boolean {
    if (this.#mapping.kind === "s3" || !MAY_BE_ENCODED.test(name)) return true;
    return this.#mapping.key(name) === this.keyAt(name);
  }

  /** Whether the target surely lists the name where the order of UTF-8 bytes puts it. */
  inPlace(name: string): boolean {
    return this.#mapping.kind === "s3" || !hasSurrogates(name);
  }

  /** The key that a name belongs to, where there is one. */
  key(name: string): string | undefined {
    return this.#mapping.key(name);
  }
}

/** Holds for every name that decide/names.ts encodes, and for some that it does not. */
const MAY_BE_ENCODED =
  /[\\%\u0000-\u001F\u007F-\u009F\uD800-\uF8FF\uFDD0-\uFDEF\uFFF0-\uFFFF]|\/\/|^\/|\/$|\.\/|\.$/;
