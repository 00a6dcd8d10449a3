import type { Restore } from "../stores/contract.ts";
import type { Scope } from "./filter.ts";
import type { Trust } from "./listed.ts";

/** What whoever owns a pipeline wants, as far as it decides about single objects. */
export interface Policy {
  readonly scope: Scope;
  readonly deletes: "ignore" | "mirror";
  /** Who writes: `tenant/pipeline`. Only what it wrote itself is deleted. */
  readonly writer: string;
  /** Default: `checksum`. */
  readonly trust?: Trust | undefined;
  /** What becomes of objects that cannot be read before they are restored. Default: `hold`. */
  readonly archived?: Archived | undefined;
  /** Default: `ignore`. Copied tags cost one more request for each object that has any. */
  readonly tags?: "copy" | "ignore" | undefined;
  /**
   * How deletions at the source become known. `hints`: any worker may settle one at any moment, so a copy looks at the source once more when it
   * has written where nothing was. `scans`: whatever happens during a scan is found by the next one. Default: `hints`.
   */
  readonly deletions?: "hints" | "scans" | undefined;
}

export type Archived = { readonly do: "hold" } | ({ readonly do: "restore" } & Restore);
