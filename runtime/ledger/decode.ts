import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";
import { states, type LedgerChecksum, type LedgerEntry, type LedgerHint } from "./entry.ts";

const unzip = promisify(gunzip);
const decompress = promisify(zstdDecompress);

/** A longer file is none of ours: writers close theirs at a few MiB. */
const LONGEST = 256 * 1024 * 1024;

/** The lines of a ledger file, by its name's ending. Rejects when the file is not whole. */
export async function readText(name: string, bytes: Buffer): Promise<string> {
  const options = { maxOutputLength: LONGEST };
  const text = name.endsWith(".gz")
    ? await unzip(bytes, options)
    : await decompress(bytes, options);
  return text.toString();
}

type Fields = Readonly<Record<string, unknown>>;

/** A line of either format; undefined when it is none. Unknown fields are ignored: a newer worker may write more. */
export function parseLine(line: string): LedgerEntry | undefined {
  const fields = fieldsOf(line);
  if (fields === undefined) return undefined;
  const state = states.find((one) => one === fields["state"]);
  const at = string(fields["settled_at"] ?? fields["at"]);
  const [target, key] = [string(fields["target"]), string(fields["key"])];
  if (state === undefined || at === null || target === null || key === null) return undefined;
  if (Number.isNaN(Date.parse(at))) return undefined;
  const how = fields["how"];
  return {
    at,
    target,
    key,
    state,
    tenant: string(fields["tenant"]),
    pipeline: string(fields["pipeline"]),
    generation: number(fields["generation"]),
    run: string(fields["run"]),
    slice: string(fields["slice"]),
    size: number(fields["size"]),
    name: string(fields["name"]),
    pin: string(fields["pin"]),
    modified: string(fields["modified"]),
    reason: string(fields["reason"]),
    class: string(fields["class"]),
    action: string(fields["action"]),
    how: how === "stream" || how === "url" ? how : null,
    why: string(fields["why"]),
    bytesRead: number(fields["bytes_read"]),
    requests: number(fields["requests"]),
    checksum: checksumOf(fields),
    startedAt: string(fields["started_at"] ?? fields["startedAt"]),
    seconds: number(fields["seconds"]),
    attempts: number(fields["attempts"]),
    hint: hintOf(fields),
  };
}

function fieldsOf(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) return undefined;
    const fields = value as Fields;
    return fields["v"] === 2 || fields["v"] === 1 ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** The first format held it as an object. */
function checksumOf(fields: Fields): LedgerChecksum | null {
  const old = fields["checksum"];
  if (typeof old === "object" && old !== null) {
    const { algorithm, value, basis } = old as LedgerChecksum;
    return { algorithm, value, basis };
  }
  if (typeof old !== "string") return null;
  return {
    algorithm: fields["checksum_algorithm"] as LedgerChecksum["algorithm"],
    value: old,
    basis: fields["checksum_basis"] as LedgerChecksum["basis"],
  };
}

function hintOf(fields: Fields): LedgerHint | null {
  const old = fields["hint"];
  if (typeof old === "object" && old !== null) return old as LedgerHint;
  const messageId = string(fields["message_id"]);
  if (messageId === null) return null;
  return {
    messageId,
    eventName: string(fields["event_name"]),
    eventTime: string(fields["event_time"]),
    sequencer: string(fields["sequencer"]),
    receiveCount: number(fields["received"]) ?? 1,
  };
}

function string(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
