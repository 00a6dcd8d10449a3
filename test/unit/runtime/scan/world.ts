import { setImmediate as turn } from "node:timers/promises";
import type { Candidate, PlacedTarget } from "../../../../runtime/copy/work.ts";
import { mappingOf } from "../../../../runtime/decide/mapping.ts";
import type { Policy } from "../../../../runtime/decide/policy.ts";
import type { TerminalState } from "../../../../runtime/ledger/entry.ts";
import type { ScanStore } from "../../../../runtime/scan/spool.ts";
import type { SweepOptions } from "../../../../runtime/scan/sweep.ts";
import type {
  ListedObject,
  ListedTarget,
  Marks,
  Source,
  SourceSide,
  Target,
  TargetSide,
} from "../../../../runtime/stores/contract.ts";
import { listingsOf, object, type Kept } from "./listings.ts";

export const POLICY: Policy = {
  scope: { prefix: "", include: [], exclude: [], minSize: 0, maxSize: Infinity },
  deletes: "mirror",
  writer: "t/p",
};
/** Two clouds in memory, and what settles a key on them. */
export class World {
  readonly source: Map<string, ListedObject>;
  readonly target = new Map<string, ListedTarget>();
  /** What a look shows, a listing of S3 does not. */
  readonly marks = new Map<string, Marks>();
  readonly store = new Map<string, Buffer>();
  readonly mapping;
  readonly kind;
  readonly unchanged: string[] = [];
  readonly settled: string[] = [];
  inFlight = 0;
  most = 0;

  constructor(kind: Target["kind"], keys: readonly string[]) {
    this.kind = kind;
    this.mapping = mappingOf(kind, { prefix: "", writer: "t/p" });
    this.source = new Map(keys.map((key, at) => [key, object(key, at + 1, `e${at}`)]));
  }

  /** As a copy of ours leaves it. */
  put(key: string, size: number, etag: string, writer = "t/p"): void {
    const name = this.mapping.name(key);
    if (!name.ok) return;
    const marks = { pin: etag, size, modified: "1970-01-01T00:00:01.000Z", writer };
    this.marks.set(name.name, marks);
    this.target.set(name.name, {
      name: name.name,
      etag: `"${etag}"`,
      size,
      modified: 2_000,
      ...(this.kind === "s3"
        ? { marks: undefined, marksAre: "unseen" }
        : { marks, marksAre: "seen" }),
    });
  }

  options(more: Partial<SweepOptions> = {}, kept: Partial<Kept> = {}): SweepOptions {
    const listings = listingsOf({
      source: [...this.source.values()],
      target: [...this.target.values()],
      pages: [3, 5],
      ...kept,
    });
    const source = {
      label: "s3://src",
      list: (range, signal) => listings.source(range, signal),
      look: (key) => Promise.resolve(this.sourceSide(key)),
    } as Partial<Source> as Source;
    const store = {
      kind: this.kind,
      label: "dst",
      list: (range, signal) => listings.target(range, signal),
      look: (name) => Promise.resolve(this.targetSide(name)),
    } as Partial<Target> as Target;
    const target: PlacedTarget = { name: "dst", prefix: "", store, mapping: this.mapping };
    const stored: ScanStore = {
      read: (name) => Promise.resolve(this.store.get(name)),
      write: (name, bytes) => Promise.resolve(void this.store.set(name, bytes)),
    };
    return {
      source,
      target,
      policy: POLICY,
      prefix: "",
      signal: new AbortController().signal,
      settle: (candidate) => this.settle(candidate),
      unchanged: (objects) => void this.unchanged.push(...objects.map(({ key }) => key)),
      store: stored,
      ...more,
    };
  }

  sourceSide(key: string): SourceSide {
    const found = this.source.get(key);
    if (found === undefined) return { state: "absent" };
    return {
      state: "present",
      object: {
        key,
        size: found.size,
        pin: { etag: found.etag, text: found.etag },
        modified: new Date(found.modified).toISOString(),
        content: {},
        metadata: {},
      },
    };
  }

  targetSide(name: string): TargetSide {
    const found = this.target.get(name);
    if (found === undefined) return { state: "absent" };
    return { ...found, state: "present", marks: this.marks.get(name), marksAre: "seen" };
  }

  async settle({ key }: Candidate): Promise<{ state: TerminalState }> {
    this.inFlight += 1;
    this.most = Math.max(this.most, this.inFlight);
    await turn();
    this.inFlight -= 1;
    this.settled.push(key);
    const source = this.source.get(key);
    const name = this.mapping.name(key);
    if (!name.ok) return { state: "failed" };
    const there = this.target.get(name.name);
    if (source === undefined)
      return { state: this.target.delete(name.name) ? "deleted" : "skipped" };
    if (there?.size === source.size) return { state: "unchanged" };
    this.put(key, source.size, source.etag);
    return { state: "copied" };
  }
}
