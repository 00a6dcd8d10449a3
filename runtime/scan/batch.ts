import type { Candidate } from "../copy/work.ts";
import type { ListedObject, ListedTarget } from "../stores/contract.ts";

/** A name of the target that the source's listing has no key for. */
export interface Extra {
  readonly target: ListedTarget;
  /** The key that has this name; undefined: none has, no copy of ours wrote it. */
  readonly key: string | undefined;
  /** `seen`: the source's listing went past the key without showing it. `unseen`: it was not compared; only a look at the source tells. */
  readonly absence: "seen" | "unseen";
  /** It came after names that should follow it: where the source has its key, that was taken for absent at the target, and is a candidate. */
  readonly late: boolean;
}

/** What a part of both listings led to. Each key of the source is in exactly one batch, once. */
export interface Batch {
  /** What the target holds already, as both listings tell. */
  readonly unchanged: readonly ListedObject[];
  /** What is worth a look. `target` is what the listing showed; undefined where that was not compared. */
  readonly candidates: readonly (Candidate & { readonly source: ListedObject })[];
  readonly extras: readonly Extra[];
  /** Bytes of the unchanged. */
  readonly unchangedBytes: number;
  /** How many names of the target were gone through. */
  readonly names: number;
  /** All keys up to this one, included, are in this batch or were in one before. Undefined: nothing has been passed yet. */
  readonly upTo: string | undefined;
}
