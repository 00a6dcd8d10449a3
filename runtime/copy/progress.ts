import type { Copied } from "./copy.ts";

/** What one settling has been through: rounds learn from those before. */
export interface Progress {
  round: number;
  /** Bytes of the source that passed through us, in all rounds. */
  bytesRead: number;
  /** Why not by URL. */
  why: string | undefined;
  /** Overrides the wish of the means, once that has not led to a copy. */
  by: "stream" | undefined;
  /** What to do with blocks that are staged already: after a checksum that did not fit, nothing. */
  staged: "continue" | "ignore";
  /** How often a checksum did not fit. */
  mismatches: number;
  /** The CRC-64 of the bytes whose MD5 was not the ETag. */
  notMd5: bigint | undefined;
  /** The pin whose bytes the target's cloud found to have another MD5 than the ETag. */
  notMd5ByUrl: string | undefined;
  /** A commit was sent whose answer was lost or said no: where the target holds this pin by now, it was that one. */
  sent: { readonly pin: string; readonly copied: Copied } | undefined;
  /** What is set aside of a budget, for an object of so many bytes. */
  reserved: { readonly size: number; readonly release: () => void } | undefined;
  /** What was committed is not right, whatever its marks say. */
  again: boolean;
}

export function newProgress(): Progress {
  return {
    round: 1,
    bytesRead: 0,
    why: undefined,
    by: undefined,
    staged: "continue",
    mismatches: 0,
    notMd5: undefined,
    notMd5ByUrl: undefined,
    sent: undefined,
    reserved: undefined,
    again: false,
  };
}
