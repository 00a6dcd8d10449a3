import type { Found, ScanObjects } from "./objects.ts";
import type { Tally } from "../progress.ts";
import type { Span } from "../shards.ts";

/** A scan on one target. */
export interface Leg {
  /** The target's name. */
  readonly target: string;
  /** What is still to be listed. */
  left: readonly Span[];
  /** What was found, and the unchanged among it. */
  tally: Tally;
  /** How many slices each attempt to list has written that count. Those it wrote after its last word are written again by the next. */
  slices: { readonly attempt: number; readonly count: number }[];
  /** Keys whose copies are to be deleted. */
  spool: { readonly parts: number; readonly keys: number };
  /** Why they are not: their slices are only written down. */
  held?: string;
}

/** A scan as all workers see it: one small object, written on condition by whoever moves it on. */
export interface ScanState {
  readonly v: 1;
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Milliseconds since 1970: when anything moved last. */
  movedAt: number;
  /** Who lists: whoever takes the scan up counts it on, and so locks out who did before. */
  attempt: number;
  lister: string;
  phase: "listing" | "settling" | "deleting";
  readonly legs: Leg[];
}

/** How a scan ended. */
export interface ScanClose {
  readonly v: 1;
  readonly id: string;
  readonly startedAt: string;
  readonly closedAt: string;
  /**
   * `complete`: every key found is settled. `held`: so are they, but deletions wait for somebody's word. `incomplete`: slices are missing. `failed`: it could not
   * be listed. `skipped`: the scan before was still at work.
   */
  readonly outcome: "complete" | "held" | "incomplete" | "failed" | "skipped";
  readonly reason: string | null;
  readonly targets: readonly {
    readonly target: string;
    /** What was found and the states of all of it, of the listing and of the slices together. */
    readonly tally: Tally;
    /** What was to be deleted, why it was not, and what became of each. */
    readonly deletions: {
      readonly wanted: number;
      readonly held: string | null;
      readonly states: Tally["states"];
    };
  }[];
}

export function folderOf(scan: string): string {
  return `scans/${scan}/`;
}

export const CURRENT = "scans/current.json";

/** Which scan of the pipeline is at work. */
export interface Current {
  readonly v: 1;
  readonly id: string;
  readonly open: boolean;
  /** When it was let in, milliseconds since 1970. */
  readonly at: number;
}

export function stateName(scan: string): string {
  return `${folderOf(scan)}state.json`;
}

export function closeName(scan: string): string {
  return `${folderOf(scan)}closed.json`;
}

/** An object that holds JSON, and what is needed to replace it. */
export interface Held<T> {
  readonly value: T;
  readonly found: Found;
}

export async function findJson<T>(
  objects: Pick<ScanObjects, "find">,
  name: string,
  signal: AbortSignal,
): Promise<Held<T> | undefined> {
  const found = await objects.find(name, signal);
  return found && { value: JSON.parse(found.bytes.toString()) as T, found };
}

export function toBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** The names of all slices that count, those of deletions where it has come to them. */
export function expectedSlices(state: ScanState): string[] {
  return state.legs.flatMap(({ slices, spool }, leg) => [
    ...slices.flatMap(({ attempt, count }) =>
      Array.from({ length: count }, (_, at) => sliceName(leg, attempt, at + 1)),
    ),
    ...(state.phase === "deleting"
      ? Array.from({ length: spool.parts }, (_, at) => deletionName(leg, at + 1))
      : []),
  ]);
}

export function sliceName(leg: number, attempt: number, number: number): string {
  return `${leg}-${attempt}-${String(number).padStart(6, "0")}`;
}

export function deletionName(leg: number, part: number): string {
  return `${leg}-d-${String(part).padStart(6, "0")}`;
}

/** Undefined: no slice has such a name. */
export function partsOfSlice(
  slice: string,
): { readonly leg: number; readonly deletions: boolean; readonly number: number } | undefined {
  const [, leg, attempt, number] = /^(\d+)-(\d+|d)-(\d{6,})$/.exec(slice) ?? [];
  if (number === undefined) return undefined;
  return { leg: Number(leg), deletions: attempt === "d", number: Number(number) };
}
