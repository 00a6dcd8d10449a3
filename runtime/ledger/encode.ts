import { scrub } from "../secrets.ts";
import type { LedgerOwner, LedgerRecord, UnchangedBatch } from "./entry.ts";

/** What JSON cannot hold as it is; a lone surrogate would not survive UTF-8. */
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/**
 * Lines of the ledger. Written by hand because a serializer that looks at every field costs more than the copy of a small object's bytes. State, time,
 * target and key come first and in this order: readers pass over lines that do not concern them without parsing (lines.ts).
 */
export class Encoder {
  readonly #owner: string;
  readonly #run: string | null;
  /** The owner and the run of records that name none. */
  readonly #common: string;
  #target = "";
  #quotedTarget = '""';

  constructor(owner: LedgerOwner, run: string | null = null) {
    this.#run = run;
    this.#owner =
      `,"v":2` +
      text("tenant", owner.tenant) +
      text("pipeline", owner.pipeline) +
      number("generation", owner.generation);
    this.#common = this.#owner + text("run", run);
  }

  /** One line, its end included. Only what is written in words can hold a secret, and only that is searched for one. */
  line(record: LedgerRecord): string {
    const { checksum, hint } = record;
    return (
      `{"state":"${record.state}","settled_at":"${record.at}","target":${this.#targetOf(record)},"key":${quoted(record.key)}` +
      (record.run == null ? this.#common : this.#owner + text("run", record.run)) +
      text("slice", record.slice) +
      number("size", record.size) +
      text("name", record.name) +
      text("pin", record.pin) +
      text("modified", record.modified) +
      words("reason", record.reason) +
      text("class", record.class) +
      text("action", record.action) +
      (record.how === null ? "" : `,"how":"${record.how}"`) +
      words("why", record.why) +
      number("bytes_read", record.bytesRead) +
      number("requests", record.requests) +
      (checksum === null
        ? ""
        : `,"checksum":"${checksum.value}","checksum_algorithm":"${checksum.algorithm}","checksum_basis":"${checksum.basis}"`) +
      `,"started_at":"${record.startedAt}","seconds":${Math.round(record.seconds * 1000) / 1000},"attempts":${record.attempts}` +
      (hint == null
        ? ""
        : text("message_id", hint.messageId) +
          text("event_name", hint.eventName) +
          text("event_time", hint.eventTime) +
          text("sequencer", hint.sequencer) +
          number("received", hint.receiveCount)) +
      "}\n"
    );
  }

  /** Quoted; nearly always the same. */
  #targetOf({ target }: LedgerRecord): string {
    if (target !== this.#target) {
      this.#target = target;
      this.#quotedTarget = quoted(target);
    }
    return this.#quotedTarget;
  }

  /** A line for each key of a batch, from `from` up to `to` (excluded). */
  unchanged(batch: UnchangedBatch, at: string, from: number, to: number): string {
    const { keys, sizes } = batch;
    const before = `{"state":"unchanged","settled_at":"${at}","target":${quoted(batch.target)},"key":`;
    const after = `${this.#owner}${text("run", batch.run ?? this.#run)}${text("slice", batch.slice)},"size":`;
    let lines = "";
    for (let index = from; index < to; index += 1) {
      lines += `${before}${quoted(keys[index] ?? "")}${after}${sizes[index] ?? 0}}\n`;
    }
    return lines;
  }
}

/** A string as JSON writes it. */
export function quoted(value: string): string {
  return NEEDS_ESCAPE.test(value) ? JSON.stringify(value) : `"${value}"`;
}

function text(name: string, value: string | null | undefined): string {
  return value == null ? "" : `,"${name}":${quoted(value)}`;
}

function words(name: string, value: string | null | undefined): string {
  return value == null ? "" : `,"${name}":${quoted(scrub(value))}`;
}

function number(name: string, value: number | null | undefined): string {
  return value == null ? "" : `,"${name}":${value}`;
}
