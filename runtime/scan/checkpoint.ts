import { newTally, type Tally } from "./progress.ts";
import type { ScanStore } from "./spool.ts";
import type { Span } from "./shards.ts";

/** What a sweep that died goes on from. */
export interface Checkpoint {
  readonly v: 1;
  /** The scan that it belongs to: another source, target or prefix begins anew. */
  readonly scan: string;
  /** What is still to be listed; empty: the copies are done. */
  readonly left: readonly Span[];
  /** Of what is not left. */
  readonly tally: Tally;
  /** The keys to be deleted among what is not left. */
  readonly spool: { readonly parts: number; readonly keys: number };
  /** How many of the keys in the spool have been dealt with. */
  readonly deleted: number;
  /** The sweep has ended: the next one begins anew. */
  readonly done: boolean;
}

export function freshCheckpoint(scan: string): Checkpoint {
  return {
    v: 1,
    scan,
    left: [{ after: undefined, upTo: undefined }],
    tally: newTally(),
    spool: { parts: 0, keys: 0 },
    deleted: 0,
    done: false,
  };
}

const NAME = "sweep.json";

/** Undefined: there is none, or it is of another scan, or one that has ended. */
export async function loadCheckpoint(
  store: ScanStore,
  prefix: string,
  scan: string,
  signal: AbortSignal,
): Promise<Checkpoint | undefined> {
  const bytes = await store.read(prefix + NAME, signal);
  if (bytes === undefined) return undefined;
  const checkpoint = JSON.parse(bytes.toString()) as Checkpoint;
  const fits = (checkpoint.v as number) === 1 && checkpoint.scan === scan && !checkpoint.done;
  return fits ? checkpoint : undefined;
}

export async function saveCheckpoint(
  store: ScanStore,
  prefix: string,
  checkpoint: Checkpoint,
  signal: AbortSignal,
): Promise<void> {
  await store.write(prefix + NAME, Buffer.from(JSON.stringify(checkpoint)), signal);
}
