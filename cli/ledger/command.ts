import { join } from "node:path";
import { arrived } from "../../runtime/ledger/arrived.ts";
import type { LedgerEntry } from "../../runtime/ledger/entry.ts";
import { states, type TerminalState } from "../../runtime/ledger/entry.ts";
import { folderStore, runsFolder } from "../../runtime/ledger/folder.ts";
import { history, list } from "../../runtime/ledger/query.ts";
import { runsOf, type KnownRun } from "../../runtime/ledger/runs.ts";
import type { LedgerStore } from "../../runtime/ledger/store.ts";
import { BadUsage } from "../errors.ts";
import { Exit } from "../exit.ts";
import type { RawOptions } from "../options.ts";
import type { LedgerQuestion } from "../program.ts";
import { Clouds } from "../run/clouds.ts";
import { latestRun, ledgerPlace, runNames } from "../run/ledger-place.ts";
import { parseMoment, showBytes, showCount } from "../units.ts";

/** How many earlier runs are asked. */
const EARLIER = 100;

/** What a question is asked of. */
interface Asked {
  readonly store: LedgerStore;
  /** Earlier runs of this machine, the latest first, where none was named. */
  readonly others: readonly LedgerStore[];
  /** Where a store holds many runs: the one that is meant. */
  readonly run: string | undefined;
  readonly json: boolean;
  readonly state: TerminalState | undefined;
  readonly asOf: string;
  readonly signal: AbortSignal;
}

export async function ledgerCommand(
  question: LedgerQuestion,
  argument: string | undefined,
  raw: RawOptions,
): Promise<Exit> {
  const clouds = new Clouds({ env: process.env, source: {}, target: {}, requesterPays: false });
  try {
    if (question === "runs" && typeof raw["ledger"] !== "string") return await localRuns(raw);
    const asked = await open(raw, clouds);
    switch (question) {
      case "runs":
        return show(await runsOf(asked.store, asked.signal), asked, runLine);
      case "totals":
        return await totals(asked);
      case "list":
        return await listKeys(asked, argument ?? "");
      case "why":
        return await why(asked, argument ?? "");
      case "arrived":
        return await hasArrived(asked, argument ?? "");
    }
  } finally {
    await clouds.close();
  }
}

async function open(raw: RawOptions, clouds: Clouds): Promise<Asked> {
  const place = typeof raw["ledger"] === "string" ? raw["ledger"] : undefined;
  const named = typeof raw["run"] === "string" ? raw["run"] : undefined;
  const run = place === undefined ? (named ?? (await latestRun(process.env))) : named;
  if (place === undefined && run === undefined) {
    throw new BadUsage(
      `No run has been recorded in ${runsFolder(process.env)}. Name another ledger with --ledger.`,
    );
  }
  const { state } = raw;
  const now = Date.now();
  return {
    store: await ledgerPlace(place, run ?? "", process.env, () => clouds),
    others: (place ?? named) === undefined ? await earlierRuns(run) : [],
    run: place === undefined ? undefined : run,
    json: raw["json"] === true,
    state: state === undefined ? undefined : stateOf(state),
    asOf: new Date(
      typeof raw["asOf"] === "string" ? parseMoment(raw["asOf"], now) : now,
    ).toISOString(),
    signal: new AbortController().signal,
  };
}

async function earlierRuns(latest: string | undefined): Promise<LedgerStore[]> {
  const names = (await runNames(process.env)).filter((name) => name !== latest).reverse();
  return names.slice(0, EARLIER).map((name) => folderStore(join(runsFolder(process.env), name)));
}

function stateOf(state: RawOptions[string]): TerminalState {
  const found = states.find((one) => one === state);
  if (found !== undefined) return found;
  throw new BadUsage(`--state ${String(state)} is unknown. Expected one of ${states.join(", ")}.`);
}

async function localRuns(raw: RawOptions): Promise<Exit> {
  const signal = new AbortController().signal;
  for (const name of await runNames(process.env)) {
    const store = folderStore(join(runsFolder(process.env), name));
    for (const run of await runsOf(store, signal)) {
      process.stdout.write(`${raw["json"] === true ? JSON.stringify(run) : runLine(run)}\n`);
    }
  }
  return Exit.done;
}

function runLine({ opened, closing }: KnownRun): string {
  const end =
    closing === undefined ? "not closed" : `${closing.state}, ${showCount(closing.found)} found`;
  return `${opened.run}  ${opened.openedAt}  ${opened.source}/${opened.prefix} -> ${opened.targets.join(", ")}  ${end}`;
}

async function totals(asked: Asked): Promise<Exit> {
  const runs = await runsOf(asked.store, asked.signal);
  const known =
    asked.run === undefined ? runs.at(-1) : runs.find(({ opened }) => opened.run === asked.run);
  if (known === undefined) throw new BadUsage(`There is no such run in ${asked.store.label}.`);
  if (asked.json) process.stdout.write(`${JSON.stringify(known)}\n`);
  else {
    process.stdout.write(`${runLine(known)}\n`);
    for (const state of states) {
      const sum = known.closing?.totals[state];
      if (sum !== undefined) {
        process.stdout.write(
          `${state.padEnd(10)} ${showCount(sum.objects).padStart(12)}  ${showBytes(sum.bytes)}\n`,
        );
      }
    }
  }
  return known.closing?.state === "complete" ? Exit.done : Exit.failed;
}

async function listKeys(asked: Asked, prefix: string): Promise<Exit> {
  const { store, run, state, signal } = asked;
  const query = { prefix, run, states: state === undefined ? undefined : [state] };
  for await (const entry of list(store, query, signal)) {
    process.stdout.write(`${asked.json ? JSON.stringify(entry) : entryLine(entry)}\n`);
  }
  return Exit.done;
}

async function why(asked: Asked, key: string): Promise<Exit> {
  const entries = await history(asked.store, key, undefined, asked.signal);
  if (entries.length === 0 && !asked.json) {
    process.stdout.write(`${asked.store.label} says nothing about ${key}.\n`);
  }
  show(entries, asked, (entry) => `${entry.at}  ${entryLine(entry)}${facts(entry)}`);
  return entries.length === 0 ? Exit.failed : Exit.done;
}

/** Asks the runs of this machine, the latest first, until one of them can tell. */
async function hasArrived(asked: Asked, prefix: string): Promise<Exit> {
  const { asOf, signal, json } = asked;
  let answer = await arrived(asked.store, { prefix, asOf }, signal);
  for (const store of asked.others) {
    if (answer.answer !== "unknown") break;
    const older = await arrived(store, { prefix, asOf }, signal);
    if (older.answer !== "unknown") answer = older;
  }
  if (json) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else {
    process.stdout.write(`${answer.answer}: ${answer.why}.\n`);
    for (const entry of answer.notArrived.keys) process.stdout.write(`${entryLine(entry)}\n`);
  }
  return answer.answer === "yes" ? Exit.done : Exit.failed;
}

function show<T>(items: readonly T[], { json }: Asked, line: (item: T) => string): Exit {
  for (const item of items) process.stdout.write(`${json ? JSON.stringify(item) : line(item)}\n`);
  return Exit.done;
}

function entryLine(entry: LedgerEntry): string {
  const size = entry.size === null ? "" : `  ${showBytes(entry.size)}`;
  const reason = entry.reason === null ? "" : `  ${entry.reason}`;
  return `${entry.state.padEnd(9)}  ${entry.key}${size}${reason}`;
}

function facts(entry: LedgerEntry): string {
  const { how, checksum, name, pin } = entry;
  const parts = [
    name === null ? undefined : `as ${name}`,
    pin === null ? undefined : `version ${pin}`,
    how === null ? undefined : how === "url" ? "by URL" : "through here",
    checksum === null ? undefined : `${checksum.algorithm} ${checksum.value} (${checksum.basis})`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "" : `  ${parts.join(", ")}`;
}
