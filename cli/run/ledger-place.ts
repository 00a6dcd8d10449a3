import { readdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { folderStore, runsFolder } from "../../runtime/ledger/folder.ts";
import { Ledger } from "../../runtime/ledger/ledger.ts";
import type { LedgerStore } from "../../runtime/ledger/store.ts";
import { parseAddress } from "../address/address.ts";
import { s3Access, type Environment } from "../environment/aws.ts";
import { BadUsage } from "../errors.ts";
import type { Clouds } from "./clouds.ts";

/** `20261121T104500Z-3f9c`: names of runs sort by time. */
export function newRunId(now: Date, random: () => number = Math.random): string {
  const suffix = Math.floor(random() * 0x10000)
    .toString(16)
    .padStart(4, "0");
  return `${now.toISOString().replace(/[-:]|\.\d+/g, "")}-${suffix}`;
}

/** Where the ledger of one run goes: a folder of its own, unless a place was named, which then may hold the ledgers of many runs. */
export async function ledgerPlace(
  place: string | undefined,
  run: string,
  env: Environment,
  clouds: () => Clouds,
): Promise<LedgerStore> {
  if (place === undefined) return folderStore(join(runsFolder(env), run));
  if (!place.startsWith("s3://")) return folderStore(resolve(place));
  const address = parseAddress(place);
  if (address.kind !== "s3") throw new BadUsage(`${place} is no place for a ledger.`);
  const access = s3Access(address, {}, env);
  const { bucketStore } = await import("../../runtime/ledger/bucket.ts");
  const { path } = address;
  const prefix = path === "" || path.endsWith("/") ? path : `${path}/`;
  return bucketStore(await clouds().aws(access), { ...access, prefix });
}

/** The ledger of a run by hand. Its writing ends with the signal. */
export function ownLedger(
  run: string,
  store: LedgerStore,
  signal: AbortSignal,
  onTrouble: (error: unknown) => void,
): Ledger {
  return new Ledger({
    owner: { tenant: null, pipeline: null, generation: null },
    run,
    worker: `${hostname()}-${process.pid}`,
    write: (name, bytes, until) => store.write(name, bytes, until),
    signal,
    onTrouble,
    // Nobody waits for a single object's line: a file a second, or a full one.
    flushEntries: Infinity,
  });
}

/** The folder of the run that was begun last, below `runsFolder`. */
export async function latestRun(env: Environment): Promise<string | undefined> {
  const folder = runsFolder(env);
  let latest: { name: string; at: number } | undefined;
  for (const name of await readdir(folder).catch(() => [])) {
    const { birthtimeMs } = await stat(join(folder, name));
    if (latest === undefined || birthtimeMs > latest.at) latest = { name, at: birthtimeMs };
  }
  return latest?.name;
}

/** All runs that were recorded on this machine, by their names. */
export async function runNames(env: Environment): Promise<string[]> {
  const names = await readdir(runsFolder(env)).catch(() => []);
  return names.filter((name) => !isAbsolute(name)).sort();
}
