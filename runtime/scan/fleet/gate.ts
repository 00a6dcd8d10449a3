import { TakenOver, type FleetOptions } from "./tools.ts";
import {
  CURRENT,
  closeName,
  findJson,
  stateName,
  toBytes,
  type Current,
  type ScanClose,
  type ScanState,
} from "./state.ts";

type Entered = { readonly in: true } | { readonly in: false; readonly other: string };

const TRIES = 10;

/** One scan of a pipeline at a time: lets this one in, if no other is at work. */
export async function enter(
  options: FleetOptions,
  id: string,
  abandonedMs: number,
): Promise<Entered> {
  const { store, signal, now = Date.now } = options;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const current = await findJson<Current>(store, CURRENT, signal);
    if (current?.value.open === true) {
      if (current.value.id === id) return { in: true };
      if (await isAtWork(options, current.value, abandonedMs)) {
        return { in: false, other: current.value.id };
      }
    }
    const mine: Current = { v: 1, id, open: true, at: now() };
    if ((await store.replace(CURRENT, toBytes(mine), current?.found, signal)) !== undefined) {
      return { in: true };
    }
  }
  throw new TakenOver(id);
}

/** Lets the next scan in. */
export async function leave({ store, signal }: FleetOptions, id: string): Promise<void> {
  const current = await findJson<Current>(store, CURRENT, signal);
  if (current?.value.id !== id || !current.value.open) return;
  const closed: Current = { ...current.value, open: false };
  // Whoever was quicker did the same.
  await store.replace(CURRENT, toBytes(closed), current.found, signal);
}

async function isAtWork(
  { store, signal, now = Date.now }: FleetOptions,
  { id, at }: Current,
  abandonedMs: number,
): Promise<boolean> {
  if ((await findJson<ScanClose>(store, closeName(id), signal)) !== undefined) return false;
  const state = await findJson<ScanState>(store, stateName(id), signal);
  return now() - (state?.value.movedAt ?? at) < abandonedMs;
}
