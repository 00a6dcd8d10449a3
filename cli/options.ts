import { parseRate, type RateSchedule } from "../runtime/pace/schedule.ts";
import { BadUsage } from "./errors.ts";
import type { SideOptions } from "./environment/aws.ts";
import {
  parseCap,
  parseCount,
  parseDollars,
  parseDuration,
  parseMoment,
  parseSize,
  type Cap,
} from "./units.ts";

/** What the command line says, as it stands there. */
export type RawOptions = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;

/** Which objects are meant. */
export interface FilterOptions {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly minSize: number | undefined;
  readonly maxSize: number | undefined;
  /** Milliseconds since 1970. */
  readonly newerThan: number | undefined;
  readonly olderThan: number | undefined;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly logLevel: LogLevel;
}

export type LogLevel = "error" | "warn" | "info" | "debug";

/** What copy and compare have in common. */
export interface CommonOptions extends OutputOptions {
  readonly source: SideOptions;
  readonly target: SideOptions;
  readonly filter: FilterOptions;
  readonly requesterPays: boolean;
  readonly trust: "checksum" | "size-and-time";
  readonly objects: number | undefined;
  readonly memory: number | undefined;
}

export interface CopyOptions extends CommonOptions {
  readonly dryRun: boolean;
  /** How long after one pass the next begins, in milliseconds. */
  readonly watch: number | undefined;
  readonly watchQueue: string | undefined;
  readonly mirror: boolean;
  readonly maxDelete: Cap | undefined;
  readonly by: "auto" | "url" | "stream";
  readonly rate: RateSchedule | undefined;
  /** US dollars. */
  readonly budget: number | undefined;
  readonly restoreDays: number | undefined;
  readonly tags: boolean;
  /** `map`: by the source's storage class; `default`: the target's own; else that one. */
  readonly tier: string;
  readonly runId: string | undefined;
  /** A folder, or s3://bucket/prefix. */
  readonly ledger: string | undefined;
}

export interface CompareOptions extends CommonOptions {
  readonly list: boolean;
}

/** Parses what options say, once. `now` is milliseconds since 1970. */
export function readCommon(raw: RawOptions, now: number): CommonOptions {
  return {
    source: sideOptions(raw, "source"),
    target: sideOptions(raw, "target"),
    filter: {
      include: list(raw["include"]),
      exclude: list(raw["exclude"]),
      minSize: value(raw["minSize"], parseSize),
      maxSize: value(raw["maxSize"], parseSize),
      newerThan: value(raw["newerThan"], (text) => parseMoment(text, now)),
      olderThan: value(raw["olderThan"], (text) => parseMoment(text, now)),
    },
    requesterPays: raw["requesterPays"] === true,
    trust: oneOf(raw["trust"], "--trust", ["checksum", "size-and-time"]),
    objects: value(raw["objects"], parseCount),
    memory: value(raw["memory"], parseMemory),
    ...readOutput(raw),
  };
}

export function readCopy(raw: RawOptions, now: number): CopyOptions {
  const options: CopyOptions = {
    ...readCommon(raw, now),
    dryRun: raw["dryRun"] === true,
    watch: raw["watch"] === true ? 60_000 : value(raw["watch"], parseDuration),
    watchQueue: text(raw["watchQueue"]),
    mirror: raw["mirror"] === true,
    maxDelete: value(raw["maxDelete"], parseCap),
    by: oneOf(raw["by"], "--by", ["auto", "url", "stream"]),
    rate: value(raw["rate"], (rate) => parseRate(rate, text(raw["rateZone"]))),
    budget: value(raw["budget"], parseDollars),
    restoreDays: value(raw["restore"], parseCount),
    tags: raw["tags"] === true,
    tier: text(raw["tier"]) ?? "map",
    runId: value(raw["runId"], parseRunId),
    ledger: text(raw["ledger"]),
  };
  if (options.maxDelete !== undefined && !options.mirror) {
    throw new BadUsage("--max-delete caps what --mirror deletes: give both, or neither.");
  }
  if (options.dryRun && (options.watch ?? options.watchQueue) !== undefined) {
    throw new BadUsage("--dry-run shows what one pass would do: leave --watch away.");
  }
  return options;
}

export function readCompare(raw: RawOptions, now: number): CompareOptions {
  return { ...readCommon(raw, now), list: raw["list"] === true };
}

export function readOutput(raw: RawOptions): OutputOptions {
  return {
    json: raw["json"] === true,
    quiet: raw["quiet"] === true,
    logLevel: oneOf(raw["logLevel"], "--log-level", ["info", "error", "warn", "debug"]),
  };
}

function sideOptions(raw: RawOptions, side: "source" | "target"): SideOptions {
  const addressing = raw[`${side}Addressing`] ?? raw["addressing"];
  return {
    endpoint: text(raw[`${side}Endpoint`]),
    region: text(raw[`${side}Region`]),
    profile: text(raw[`${side}Profile`]),
    addressing:
      addressing === undefined
        ? undefined
        : oneOf(addressing, "--addressing", ["auto", "path", "virtual"]),
  };
}

function parseMemory(size: string): number {
  const bytes = parseSize(size);
  if (bytes >= 16 * 1024 * 1024) return bytes;
  throw new BadUsage(
    `--memory ${size} is too little for the blocks of large objects. Expected 16MiB or more.`,
  );
}

/** A run's name becomes a folder. */
function parseRunId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(id)) return id;
  throw new BadUsage(
    `${JSON.stringify(id)} is no run's name. Expected letters, digits, dots, dashes and underscores.`,
  );
}

function value<T>(raw: RawOptions[string], parse: (text: string) => T): T | undefined {
  return typeof raw === "string" ? parse(raw) : undefined;
}

function text(raw: RawOptions[string]): string | undefined {
  return typeof raw === "string" && raw !== "" ? raw : undefined;
}

function list(raw: RawOptions[string]): readonly string[] {
  if (typeof raw === "string") return [raw];
  return typeof raw === "object" ? raw : [];
}

/** The first is the default. */
function oneOf<const T extends string>(
  raw: RawOptions[string],
  option: string,
  allowed: readonly [T, ...T[]],
): T {
  if (raw === undefined) return allowed[0];
  const found = allowed.find((one) => one === raw);
  if (found !== undefined) return found;
  throw new BadUsage(`${option} ${String(raw)} is unknown. Expected one of ${allowed.join(", ")}.`);
}
