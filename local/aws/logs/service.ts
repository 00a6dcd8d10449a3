import { createHash } from "node:crypto";
import { z } from "zod";
import type { AwsRequest, AwsService } from "../contract.ts";
import { AwsError } from "../contract.ts";
import { enforce } from "../identity/identity.ts";
import { jsonService, operation, type JsonOperation } from "../json-service.ts";
import { compileFilter } from "./filter.ts";
import { byTime, type FoundEvent, type LogGroup, type LogStore } from "./store.ts";
import type { LogStream, StoredEvent } from "./stream.ts";

const tags = z.record(z.string(), z.string());
const group = { logGroupName: z.string() };
const stream = { ...group, logStreamName: z.string() };
const span = { startTime: z.number().optional(), endTime: z.number().optional() };
const paged = {
  limit: z.number().int().min(1).max(10_000).optional(),
  nextToken: z.string().optional(),
};
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];
/** What a batch counts per event besides its text, and its limits (PutLogEvents in the API reference). */
const EVENT_OVERHEAD = 26;
const BATCH_BYTES = 1_048_576;
const BATCH_EVENTS = 10_000;

/** The local CloudWatch Logs. */
export function logsService(store: LogStore): AwsService {
  return jsonService({
    protocol: "json-1.1",
    target: "Logs_20140328",
    invalid: "InvalidParameterException",
    operations: {
      ...groupOperations(store),
      ...tagOperations(store),
      ...streamOperations(store),
      ...readOperations(store),
    },
  });
}

function groupOperations(store: LogStore): Record<string, JsonOperation> {
  const change = (action: string, run: (group: LogGroup, days?: number) => LogGroup) =>
    operation(
      z.object({ ...group, retentionInDays: z.number().int().optional() }),
      (input, request) => {
        ask(store, request, action, input.logGroupName);
        const changed = run(store.group(input.logGroupName), input.retentionInDays);
        store.groups.set(changed.name, changed);
        return {};
      },
    );
  return {
    CreateLogGroup: operation(
      z.object({
        ...group,
        tags: tags.default({}),
        kmsKeyId: z.string().optional(),
        logGroupClass: z.literal("STANDARD").optional(),
      }),
      ({ logGroupName: name, tags, kmsKeyId }, request) => {
        ask(store, request, "logs:CreateLogGroup", name);
        if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name))
          throw invalid(
            `Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
          );
        store.create({ name, created: store.now(), tags, kmsKeyId });
        return {};
      },
    ),
    DeleteLogGroup: operation(z.object(group), ({ logGroupName }, request) => {
      ask(store, request, "logs:DeleteLogGroup", logGroupName);
      store.delete(logGroupName);
      return {};
    }),
    DescribeLogGroups: operation(
      z.object({
        logGroupNamePrefix: z.string().optional(),
        logGroupNamePattern: z.string().optional(),
        ...paged,
      }),
      (input, request) => {
        ask(store, request, "logs:DescribeLogGroups", "");
        const { logGroupNamePrefix: prefix = "", logGroupNamePattern: part = "" } = input;
        const names = store.groups
          .values()
          .filter(({ name }) => name.startsWith(prefix) && name.includes(part))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        const { page, next } = pageOf(names, input.limit ?? 50, input.nextToken);
        return { logGroups: page.map((one) => groupShape(store, one)), ...next };
      },
    ),
    PutRetentionPolicy: change("logs:PutRetentionPolicy", (one, days = 0) => {
      if (!RETENTIONS.includes(days))
        throw invalid(`retentionInDays must be one of ${RETENTIONS.join(", ")}, got ${days}.`);
      return { ...one, retentionDays: days };
    }),
    DeleteRetentionPolicy: change("logs:DeleteRetentionPolicy", (one) => ({
      ...one,
      retentionDays: undefined,
    })),
  };
}

function tagOperations(store: LogStore): Record<string, JsonOperation> {
  const nameIn = (arn: string) => /:log-group:([^:]+)/.exec(arn)?.[1] ?? arn;
  const on = <T extends z.ZodRawShape>(action: string, shape: T) => ({
    schema: z.object({ resourceArn: z.string(), ...shape }),
    find: (arn: string, request: AwsRequest) => {
      const name = nameIn(arn);
      enforce(request.authorize({ action, resource: store.arn(name) }));
      return store.group(name);
    },
  });
  const list = on("logs:ListTagsForResource", {});
  const tag = on("logs:TagResource", { tags });
  const untag = on("logs:UntagResource", { tagKeys: z.array(z.string()) });
  return {
    ListTagsForResource: operation(list.schema, (input, request) => ({
      tags: list.find(input.resourceArn, request).tags,
    })),
    TagResource: operation(tag.schema, (input, request) => {
      const one = tag.find(input.resourceArn, request);
      store.groups.set(one.name, { ...one, tags: { ...one.tags, ...input.tags } });
      return {};
    }),
    UntagResource: operation(untag.schema, (input, request) => {
      const one = untag.find(input.resourceArn, request);
      const left = Object.entries(one.tags).filter(([key]) => !input.tagKeys.includes(key));
      store.groups.set(one.name, { ...one, tags: Object.fromEntries(left) });
      return {};
    }),
  };
}

function streamOperations(store: LogStore): Record<string, JsonOperation> {
  const event = z.object({ timestamp: z.number().int(), message: z.string().min(1) });
  return {
    CreateLogStream: operation(z.object(stream), (input, request) => {
      ask(store, request, "logs:CreateLogStream", input.logGroupName, input.logStreamName);
      if (!/^[^:*]{1,512}$/.test(input.logStreamName))
        throw invalid(
          "logStreamName may not hold colons or asterisks, and has 1 to 512 characters.",
        );
      store.createStream(input.logGroupName, input.logStreamName);
      return {};
    }),
    DeleteLogStream: operation(z.object(stream), (input, request) => {
      ask(store, request, "logs:DeleteLogStream", input.logGroupName, input.logStreamName);
      store.deleteStream(input.logGroupName, input.logStreamName);
      return {};
    }),
    DescribeLogStreams: operation(
      z.object({
        ...group,
        logStreamNamePrefix: z.string().optional(),
        orderBy: z.enum(["LogStreamName", "LastEventTime"]).default("LogStreamName"),
        descending: z.boolean().default(false),
        ...paged,
      }),
      (input, request) => {
        ask(store, request, "logs:DescribeLogStreams", input.logGroupName);
        const key = (one: LogStream) =>
          input.orderBy === "LogStreamName" ? one.name : (one.lastEvent ?? 0);
        const all = [...store.streams(input.logGroupName).values()]
          .filter(({ name }) => name.startsWith(input.logStreamNamePrefix ?? ""))
          .sort((a, b) => (key(a) < key(b) ? -1 : 1) * (input.descending ? -1 : 1));
        const { page, next } = pageOf(all, input.limit ?? 50, input.nextToken);
        const arn = store.arn(input.logGroupName);
        return { logStreams: page.map((one) => streamShape(arn, one)), ...next };
      },
    ),
    PutLogEvents: operation(
      z.object({ ...stream, logEvents: z.array(event).min(1).max(BATCH_EVENTS) }),
      (input, request) => {
        ask(store, request, "logs:PutLogEvents", input.logGroupName, input.logStreamName);
        checkBatch(input.logEvents);
        store.append(input.logGroupName, input.logStreamName, input.logEvents);
        return { nextSequenceToken: "0" };
      },
    ),
  };
}

function checkBatch(events: readonly { timestamp: number; message: string }[]): void {
  let bytes = 0;
  let last = -Infinity;
  for (const { timestamp, message } of events) {
    if (timestamp < last)
      throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
    last = timestamp;
    bytes += Buffer.byteLength(message) + EVENT_OVERHEAD;
  }
  if (bytes > BATCH_BYTES)
    throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${BATCH_BYTES}`);
}

function readOperations(store: LogStore): Record<string, JsonOperation> {
  return {
    GetLogEvents: operation(
      z.object({ ...stream, ...span, ...paged, startFromHead: z.boolean().default(false) }),
      (input, request) => {
        ask(store, request, "logs:GetLogEvents", input.logGroupName, input.logStreamName);
        const one = store.stream(input.logGroupName, input.logStreamName);
        return page(one, { start: input.startTime, end: input.endTime }, input);
      },
    ),
    FilterLogEvents: operation(
      z.object({
        ...group,
        logStreamNames: z.array(z.string()).optional(),
        logStreamNamePrefix: z.string().optional(),
        filterPattern: z.string().optional(),
        ...span,
        ...paged,
      }),
      (input, request) => {
        ask(store, request, "logs:FilterLogEvents", input.logGroupName);
        const { logStreamNames: names, logStreamNamePrefix: prefix = "" } = input;
        const wanted = (name: string) => names?.includes(name) ?? name.startsWith(prefix);
        const range = { start: input.startTime, end: input.endTime };
        const passes = compileFilter(input.filterPattern);
        const all = store.search(input.logGroupName, wanted, range, passes);
        const after = cursor(input.nextToken);
        const rest = after ? all.filter((event) => byTime(event, after) > 0) : all;
        const events = rest.slice(0, input.limit ?? BATCH_EVENTS);
        const last = rest.length > events.length ? events.at(-1) : undefined;
        return {
          events: events.map(eventShape),
          searchedLogStreams: [],
          ...(last && { nextToken: token(last) }),
        };
      },
    ),
  };
}

/** One page of a stream: forward from the head or a token, or backward from the tail or a token. */
function page(
  one: LogStream,
  range: { start: number | undefined; end: number | undefined },
  input: { limit?: number | undefined; nextToken?: string | undefined; startFromHead: boolean },
): object {
  const limit = input.limit ?? BATCH_EVENTS;
  const [, way, at] = /^([fb])\/(\d+)$/.exec(input.nextToken ?? "") ?? [];
  if (input.nextToken !== undefined && at === undefined)
    throw invalid("The specified nextToken is invalid.");
  const forward = way === undefined ? input.startFromHead : way === "f";
  const from = way === "f" ? Number(at) : undefined;
  const to = way === "b" ? Number(at) : undefined;
  const found: StoredEvent[] = [];
  for (const event of one.events({ ...range, from, to })) {
    if (forward && found.length === limit) break;
    found.push(event);
    if (!forward && found.length > limit) found.shift();
  }
  const first = found[0]?.offset ?? to ?? from ?? one.size;
  const last = found.at(-1)?.next ?? from ?? to ?? one.size;
  return {
    events: found.map(({ timestamp, message, ingestionTime }) => ({
      timestamp,
      message,
      ingestionTime,
    })),
    nextForwardToken: `f/${last}`,
    nextBackwardToken: `b/${first}`,
  };
}

function eventShape(event: FoundEvent): object {
  const place = `${event.stream} ${event.offset}`;
  const digits = BigInt(`0x${createHash("sha256").update(place).digest("hex").slice(0, 32)}`);
  return {
    logStreamName: event.stream,
    timestamp: event.timestamp,
    message: event.message,
    ingestionTime: event.ingestionTime,
    eventId: `${event.timestamp}${digits.toString().padStart(39, "0")}`,
  };
}

function token(event: FoundEvent): string {
  const place = [event.timestamp, event.stream, event.offset];
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

function cursor(text: string | undefined): FoundEvent | undefined {
  if (text === undefined) return undefined;
  try {
    const [timestamp, name, offset] = JSON.parse(
      Buffer.from(text, "base64url").toString("utf8"),
    ) as [number, string, number];
    return { timestamp, stream: name, offset, next: offset, message: "", ingestionTime: 0 };
  } catch {
    throw invalid("The specified nextToken is invalid.");
  }
}

function groupShape(store: LogStore, one: LogGroup): object {
  return {
    logGroupName: one.name,
    creationTime: one.created,
    retentionInDays: one.retentionDays,
    metricFilterCount: 0,
    arn: `${store.arn(one.name)}:*`,
    logGroupArn: store.arn(one.name),
    storedBytes: [...store.streams(one.name).values()].reduce((sum, { size }) => sum + size, 0),
    kmsKeyId: one.kmsKeyId,
    logGroupClass: "STANDARD",
  };
}

function streamShape(groupArn: string, one: LogStream): object {
  return {
    logStreamName: one.name,
    creationTime: one.created,
    firstEventTimestamp: one.firstEvent,
    lastEventTimestamp: one.lastEvent,
    lastIngestionTime: one.lastIngestion,
    arn: `${groupArn}:log-stream:${one.name}`,
    storedBytes: 0,
  };
}

/** Logs names the streams of a group even where no stream is meant. */
function ask(store: LogStore, request: AwsRequest, action: string, name: string, one = ""): void {
  enforce(request.authorize({ action, resource: `${store.arn(name)}:log-stream:${one}` }));
}

function pageOf<T>(all: readonly T[], size: number, token: string | undefined) {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start)) throw invalid("The specified nextToken is invalid.");
  const end = start + size;
  return { page: all.slice(start, end), next: end < all.length ? { nextToken: String(end) } : {} };
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterException", 400, message);
}
