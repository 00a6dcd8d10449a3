import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Table } from "../../table.ts";
import { AwsError } from "../contract.ts";
import { type LogEvent, LogStream, type StoredEvent } from "./stream.ts";

export interface LogGroup {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly retentionDays?: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly kmsKeyId?: string | undefined;
}

/** An event with the stream it is in. */
export interface FoundEvent extends StoredEvent {
  readonly stream: string;
}

export interface LogsOptions {
  readonly home: string;
  readonly accountId: string;
  readonly region: string;
  readonly clock: () => Date;
}

const DAY_MS = 86_400_000;

/** Log groups and their streams, as files. */
export class LogStore {
  readonly groups: Table<LogGroup>;
  readonly #options: LogsOptions;
  readonly #open = new Map<string, Map<string, LogStream>>();

  constructor(options: LogsOptions) {
    this.#options = options;
    this.groups = new Table(join(options.home, "groups.json"));
    for (const group of this.groups.values()) this.#expire(group);
  }

  now(): number {
    return this.#options.clock().getTime();
  }

  arn(group: string): string {
    const { region, accountId } = this.#options;
    return `arn:aws:logs:${region}:${accountId}:log-group:${group}`;
  }

  /** @throws AwsError ResourceNotFoundException */
  group(name: string): LogGroup {
    const group = this.groups.get(name);
    if (group === undefined) throw noSuch("group");
    return group;
  }

  create(group: LogGroup): void {
    if (this.groups.has(group.name)) throw exists("group");
    this.groups.set(group.name, group);
  }

  delete(name: string): void {
    this.group(name);
    this.groups.delete(name);
    this.#open.delete(name);
    rmSync(this.#folder(name), { recursive: true, force: true });
  }

  createStream(group: string, name: string): LogStream {
    const streams = this.streams(group);
    if (streams.has(name)) throw exists("stream");
    mkdirSync(this.#folder(group), { recursive: true });
    const stream = LogStream.create(this.#file(group, name), name, this.now());
    streams.set(name, stream);
    return stream;
  }

  deleteStream(group: string, name: string): void {
    this.stream(group, name);
    this.streams(group).delete(name);
    rmSync(this.#file(group, name), { force: true });
  }

  /** @throws AwsError ResourceNotFoundException */
  stream(group: string, name: string): LogStream {
    const stream = this.streams(group).get(name);
    if (stream === undefined) throw noSuch("stream");
    return stream;
  }

  /** By name; files are read when a group is first asked for. @throws AwsError ResourceNotFoundException */
  streams(group: string): Map<string, LogStream> {
    this.group(group);
    const known = this.#open.get(group);
    if (known !== undefined) return known;
    const folder = this.#folder(group);
    const files = existsSync(folder) ? readdirSync(folder).sort() : [];
    const streams = files.flatMap((file) => LogStream.open(join(folder, file)) ?? []);
    const byName = new Map(streams.map((stream) => [stream.name, stream]));
    this.#open.set(group, byName);
    return byName;
  }

  append(group: string, stream: string, events: readonly LogEvent[]): void {
    this.stream(group, stream).append(events, this.now());
  }

  /** Events of several streams by time, those that `passes` accepts. */
  search(
    group: string,
    wanted: (stream: string) => boolean,
    range: { start?: number | undefined; end?: number | undefined },
    passes: (message: string) => boolean,
  ): FoundEvent[] {
    const found: FoundEvent[] = [];
    for (const stream of this.streams(group).values()) {
      if (!wanted(stream.name)) continue;
      for (const event of stream.events(range))
        if (passes(event.message)) found.push({ ...event, stream: stream.name });
    }
    return found.sort(byTime);
  }

  /** Drops streams that were last written before the group's retention. Files are not read for it. */
  #expire(group: LogGroup): void {
    const folder = this.#folder(group.name);
    if (group.retentionDays === undefined || !existsSync(folder)) return;
    const oldest = this.now() - group.retentionDays * DAY_MS;
    for (const file of readdirSync(folder))
      if (statSync(join(folder, file)).mtimeMs < oldest) rmSync(join(folder, file));
  }

  #folder(group: string): string {
    return join(this.#options.home, "groups", fileName(group));
  }

  #file(group: string, stream: string): string {
    return join(this.#folder(group), `${fileName(stream)}.ndjson`);
  }
}

/** Order in which events are shown, and pages are cut. */
export function byTime(a: FoundEvent, b: FoundEvent): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
  return a.offset - b.offset;
}

/** A name that a file system takes; long ones are told apart by their digest. */
function fileName(name: string): string {
  const safe = encodeURIComponent(name).replace(/^\./, "%2E");
  if (safe.length <= 180) return safe;
  return `${safe.slice(0, 100)}-${createHash("sha256").update(name).digest("hex")}`;
}

function noSuch(what: string): AwsError {
  return new AwsError(
    "ResourceNotFoundException",
    400,
    `The specified log ${what} does not exist.`,
  );
}

function exists(what: string): AwsError {
  return new AwsError(
    "ResourceAlreadyExistsException",
    400,
    `The specified log ${what} already exists`,
  );
}
