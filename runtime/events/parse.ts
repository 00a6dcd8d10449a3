import type { LedgerHint } from "../ledger/entry.ts";
import { scanMessageOf, type ScanMessage } from "../scan/fleet/messages.ts";

/** One "look at this key". Bucket undefined where the message does not name one. */
export interface Hint {
  readonly key: string;
  readonly bucket: string | undefined;
  readonly eventName: LedgerHint["eventName"];
  readonly eventTime: LedgerHint["eventTime"];
  readonly sequencer: LedgerHint["sequencer"];
  /** Bytes, as the message claims: by now it may be another. */
  readonly size: number | undefined;
}

export type Parsed =
  | { readonly kind: "hints"; readonly hints: readonly Hint[] }
  /** What workers, and the schedule, tell each other about scans. */
  | { readonly kind: "scan"; readonly message: ScanMessage }
  | { readonly kind: "ignore"; readonly reason: string }
  | { readonly kind: "not-an-event"; readonly reason: string };

/**
 * Reads a message as hints: S3 event notifications (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html),
 * the same wrapped by SNS or sent by EventBridge, and the `{"key", "size"}` of AWS Data Transfer Hub.
 */
export function parseMessage(body: string): Parsed {
  const message = parseJson(body);
  if (message === undefined) return notAnEvent("it is not a JSON object");
  if ("causeway" in message) return fromScan(message);
  if (message["Type"] === "Notification" && typeof message["Message"] === "string") {
    const inner = parseJson(message["Message"]);
    return inner === undefined
      ? notAnEvent("its SNS envelope does not hold a JSON object")
      : parseEvent(inner);
  }
  return parseEvent(message);
}

type Json = Readonly<Record<string, unknown>>;

function parseEvent(event: Json): Parsed {
  if (event["Event"] === "s3:TestEvent") return { kind: "ignore", reason: "s3:TestEvent" };
  if (Array.isArray(event["Records"])) return fromRecords(event["Records"]);
  if (event["source"] === "aws.s3" && isObject(event["detail"])) return fromEventBridge(event);
  if (typeof event["key"] === "string" && ("size" in event || Object.keys(event).length === 1)) {
    return hints([{ ...UNKNOWN, key: event["key"], size: bytes(event["size"]) }]);
  }
  return notAnEvent("it is neither an S3 event nor a key and size");
}

function fromScan(message: Json): Parsed {
  try {
    const scan = scanMessageOf(message);
    return scan === undefined ? notAnEvent("it is about no scan") : { kind: "scan", message: scan };
  } catch (error) {
    return notAnEvent(error instanceof Error ? error.message : String(error));
  }
}

const UNKNOWN = { bucket: undefined, eventName: null, eventTime: null, sequencer: null } as const;

function fromRecords(records: readonly unknown[]): Parsed {
  const found: Hint[] = [];
  for (const record of records) {
    const s3 = isObject(record) && isObject(record["s3"]) ? record["s3"] : undefined;
    const object = s3 !== undefined && isObject(s3["object"]) ? s3["object"] : undefined;
    const encoded = object?.["key"];
    if (!isObject(record) || s3 === undefined || typeof encoded !== "string") {
      return notAnEvent("one of its records names no object");
    }
    const key = formDecode(encoded);
    if (key === undefined) return notAnEvent(`the key ${encoded} is not form-encoded`);
    found.push({
      key,
      bucket: isObject(s3["bucket"]) ? text(s3["bucket"]["name"]) : undefined,
      eventName: text(record["eventName"]) ?? null,
      eventTime: text(record["eventTime"]) ?? null,
      sequencer: text(object?.["sequencer"]) ?? null,
      size: bytes(object?.["size"]),
    });
  }
  return found.length === 0 ? { kind: "ignore", reason: "no records" } : hints(found);
}

/** EventBridge's keys are not encoded. https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
function fromEventBridge(event: Json): Parsed {
  const detail = event["detail"] as Json;
  const object = isObject(detail["object"]) ? detail["object"] : undefined;
  const key = text(object?.["key"]);
  if (key === undefined) return notAnEvent("its detail names no object");
  return hints([
    {
      key,
      bucket: isObject(detail["bucket"]) ? text(detail["bucket"]["name"]) : undefined,
      eventName: text(event["detail-type"]) ?? null,
      eventTime: text(event["time"]) ?? null,
      sequencer: text(object?.["sequencer"]) ?? null,
      size: bytes(object?.["size"]),
    },
  ]);
}

/** `+` is a space, `%XX` a byte of UTF-8; undefined when it is not that. */
export function formDecode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

function parseJson(body: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function bytes(value: unknown): number | undefined {
  const size = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof size === "number" && Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

function hints(found: readonly Hint[]): Parsed {
  return found.some(({ key }) => key === "")
    ? notAnEvent("one of its keys is empty")
    : { kind: "hints", hints: found };
}

function notAnEvent(reason: string): Parsed {
  return { kind: "not-an-event", reason };
}
