import { pastCap } from "../cap.ts";
import { addTally, newTally, settledObjects, type Tally } from "../progress.ts";
import { doneFolder, readDoneName } from "./done.ts";
import { leave } from "./gate.ts";
import {
  closeName,
  deletionName,
  expectedSlices,
  findJson,
  partsOfSlice,
  stateName,
  toBytes,
  type Held,
  type ScanClose,
  type ScanState,
} from "./state.ts";
import type { FleetOptions } from "./tools.ts";

export type Settledness =
  | { readonly closed: true }
  | { readonly closed: false; readonly done: number; readonly missing: readonly string[] };

const CLOSED: Settledness = { closed: true };
const NOT_LISTED: Settledness = { closed: false, done: 0, missing: [] };

/** Writes the close of a scan whose slices are all settled; before that, once the copies are, sends what is to be deleted. Whoever calls it, and however often. */
export async function closeIfSettled(options: FleetOptions, id: string): Promise<Settledness> {
  const { store, signal } = options;
  if ((await findJson<ScanClose>(store, closeName(id), signal)) !== undefined) {
    await leave(options, id);
    return CLOSED;
  }
  const held = await findJson<ScanState>(store, stateName(id), signal);
  if (held === undefined) return CLOSED;
  const state = held.value;
  if (state.phase === "listing") return NOT_LISTED;
  const done = await doneSlices(options, id);
  const missing = expectedSlices(state).filter((slice) => !done.has(slice));
  if (missing.length > 0) return { closed: false, done: done.size, missing };
  if (state.phase === "settling" && (await beginDeleting(options, held))) {
    return { closed: false, done: done.size, missing: [] };
  }
  await close(options, state, done, [], undefined);
  return CLOSED;
}

export async function doneSlices(
  { store, signal }: FleetOptions,
  id: string,
): Promise<Map<string, Tally>> {
  const done = new Map<string, Tally>();
  for await (const name of store.list(doneFolder(id), "", signal)) {
    const read = readDoneName(id, name);
    // A slice that came twice was settled twice: whoever did the work counts, not who found it done.
    if (read !== undefined && workOf(read.tally) >= workOf(done.get(read.slice))) {
      done.set(read.slice, read.tally);
    }
  }
  return done;
}

function workOf(tally: Tally | undefined): number {
  if (tally === undefined) return -1;
  return tally.states.copied.objects + tally.states.deleted.objects;
}

/** True: there is something to delete, or somebody else has moved the scan on. */
async function beginDeleting(options: FleetOptions, held: Held<ScanState>): Promise<boolean> {
  const { store, send, signal, cap, now = Date.now } = options;
  const state = held.value;
  if (state.legs.every(({ spool }) => spool.keys === 0)) return false;
  for (const leg of state.legs) {
    const why = pastCap(leg.spool.keys, leg.tally.names, cap);
    if (why !== undefined) leg.held = why;
  }
  state.phase = "deleting";
  state.movedAt = now();
  // Before any slice is sent: whoever takes one must see what is held.
  const replaced = await store.replace(stateName(state.id), toBytes(state), held.found, signal);
  if (replaced === undefined) return true;
  for (const [number, { spool }] of state.legs.entries()) {
    for (let part = 1; part <= spool.parts; part += 1) {
      const slice = deletionName(number, part);
      await send({ causeway: "slice", scan: state.id, slice }, 0, signal);
    }
  }
  return true;
}

/** `failure`: why the scan could not be listed. */
export async function close(
  options: FleetOptions,
  state: ScanState,
  done: ReadonlyMap<string, Tally>,
  missing: readonly string[],
  failure: string | undefined,
): Promise<void> {
  const { store, signal, log, now = Date.now } = options;
  const { tallies, deletions } = talliesOf(state, done);
  const targets = state.legs.map(({ target, spool, held }, leg) => ({
    target,
    tally: tallies[leg] ?? newTally(),
    deletions: {
      wanted: spool.keys,
      held: held ?? null,
      states: (deletions[leg] ?? newTally()).states,
    },
  }));
  const { outcome, reason } = outcomeOf(state, tallies, missing, failure);
  const closed: ScanClose = {
    v: 1,
    id: state.id,
    startedAt: state.startedAt,
    closedAt: new Date(now()).toISOString(),
    outcome,
    reason,
    targets,
  };
  await store.replace(closeName(state.id), toBytes(closed), undefined, signal);
  await leave(options, state.id);
  const level = outcome === "complete" ? "info" : "warn";
  log[level]({ scan: state.id, outcome, reason, targets }, `scan ${outcome}`);
}

/** Of every leg: the keys that the source has, and those that only the target had. */
function talliesOf(
  state: ScanState,
  done: ReadonlyMap<string, Tally>,
): { readonly tallies: readonly Tally[]; readonly deletions: readonly Tally[] } {
  const expected = new Set(expectedSlices(state));
  const tallies = state.legs.map(({ tally }) => structuredClone(tally));
  const deletions = state.legs.map(() => newTally());
  for (const [slice, tally] of done) {
    const parts = partsOfSlice(slice);
    if (parts === undefined || !expected.has(slice)) continue;
    const to = (parts.deletions ? deletions : tallies)[parts.leg];
    if (to !== undefined) addTally(to, tally);
  }
  return { tallies, deletions };
}

function outcomeOf(
  state: ScanState,
  tallies: readonly Tally[],
  missing: readonly string[],
  failure: string | undefined,
): { readonly outcome: ScanClose["outcome"]; readonly reason: string | null } {
  if (failure !== undefined) return { outcome: "failed", reason: failure };
  const open = tallies.reduce((sum, one) => sum + one.found.objects - settledObjects(one), 0);
  if (missing.length > 0 || open !== 0) {
    const reason = `${missing.length} slices never ended, ${open} keys are not accounted for`;
    return { outcome: "incomplete", reason };
  }
  const held = state.legs.find((leg) => leg.held !== undefined)?.held;
  return held === undefined
    ? { outcome: "complete", reason: null }
    : { outcome: "held", reason: `nothing was deleted: ${held}` };
}
