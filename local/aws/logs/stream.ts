import {
  appendFileSync,
  closeSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";

/** One line of a log. Times are milliseconds since 1970. */
export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** A line where it stands in its stream's file. */
export interface StoredEvent extends LogEvent {
  readonly ingestionTime: number;
  /** Byte offsets of its line and of the next one. */
  readonly offset: number;
  readonly next: number;
}

/** A stretch of the file and the times in it, so that a query by time reads only what it must. */
interface Stretch {
  readonly offset: number;
  end: number;
  least: number;
  most: number;
}

const STRETCH_BYTES = 64 * 1024;
const READ_BYTES = 256 * 1024;
const NEWLINE = 10;

/** A log stream: a file of one header line and one JSON line per event, only ever appended to. */
export class LogStream {
  readonly name: string;
  readonly created: number;
  lastIngestion: number | undefined;
  readonly #file: string;
  readonly #stretches: Stretch[] = [];
  #size: number;

  private constructor(file: string, name: string, created: number, size: number) {
    this.#file = file;
    this.name = name;
    this.created = created;
    this.#size = size;
  }

  static create(file: string, name: string, created: number): LogStream {
    const header = `${JSON.stringify({ name, created })}\n`;
    writeFileSync(file, header, { flag: "wx", mode: 0o600 });
    return new LogStream(file, name, created, Buffer.byteLength(header));
  }

  /** Reads a file that an earlier process left; a last line that was cut off is dropped. */
  static open(file: string): LogStream | undefined {
    const [header] = linesOf(file, 0, statSync(file).size);
    if (header === undefined) return undefined;
    const { name, created } = JSON.parse(header.text) as { name: string; created: number };
    const stream = new LogStream(file, name, created, header.next);
    for (const line of linesOf(file, header.next, statSync(file).size)) {
      const event = parse(line);
      if (event === undefined) break;
      stream.#note(event);
      stream.lastIngestion = event.ingestionTime;
      stream.#size = line.next;
    }
    truncateSync(file, stream.#size);
    return stream;
  }

  get firstEvent(): number | undefined {
    return this.#stretches.length === 0
      ? undefined
      : Math.min(...this.#stretches.map(({ least }) => least));
  }

  get lastEvent(): number | undefined {
    return this.#stretches.length === 0
      ? undefined
      : Math.max(...this.#stretches.map(({ most }) => most));
  }

  /** Bytes, header included. */
  get size(): number {
    return this.#size;
  }

  append(events: readonly LogEvent[], now: number): void {
    let text = "";
    let offset = this.#size;
    for (const { timestamp, message } of events) {
      const line = `${JSON.stringify({ t: timestamp, i: now, m: message })}\n`;
      const next = offset + Buffer.byteLength(line);
      this.#note({ timestamp, message, ingestionTime: now, offset, next });
      text += line;
      offset = next;
    }
    appendFileSync(this.#file, text);
    this.#size = offset;
    this.lastIngestion = now;
  }

  /** Events between two times (start included, end not) and two offsets, in the order they came. */
  *events(range: {
    start?: number | undefined;
    end?: number | undefined;
    from?: number | undefined;
    to?: number | undefined;
  }): Generator<StoredEvent> {
    const { start = -Infinity, end = Infinity, from = 0, to = Infinity } = range;
    for (const stretch of this.#stretches) {
      if (stretch.most < start || stretch.least >= end) continue;
      if (stretch.end <= from || stretch.offset >= to) continue;
      for (const line of linesOf(this.#file, Math.max(stretch.offset, from), stretch.end)) {
        const event = line.offset < to ? parse(line) : undefined;
        if (event !== undefined && event.timestamp >= start && event.timestamp < end) yield event;
      }
    }
  }

  #note(event: StoredEvent): void {
    const last = this.#stretches.at(-1);
    const { timestamp, offset, next } = event;
    if (last === undefined || last.end - last.offset >= STRETCH_BYTES) {
      this.#stretches.push({ offset, end: next, least: timestamp, most: timestamp });
      return;
    }
    last.end = next;
    last.least = Math.min(last.least, timestamp);
    last.most = Math.max(last.most, timestamp);
  }
}

interface Line {
  readonly text: string;
  readonly offset: number;
  readonly next: number;
}

/** Whole lines between two offsets, read in pieces. */
function* linesOf(file: string, from: number, to: number): Generator<Line> {
  const handle = openSync(file, "r");
  try {
    let held = Buffer.alloc(0);
    let start = from;
    for (let at = from; at < to;) {
      const piece = Buffer.alloc(Math.min(READ_BYTES, to - at));
      const got = readSync(handle, piece, 0, piece.length, at);
      if (got === 0) return;
      at += got;
      held = Buffer.concat([held, piece.subarray(0, got)]);
      let begin = 0;
      for (let end = held.indexOf(NEWLINE); end >= 0; end = held.indexOf(NEWLINE, begin)) {
        const next = start + end + 1 - begin;
        yield { text: held.toString("utf8", begin, end), offset: start, next };
        begin = end + 1;
        start = next;
      }
      held = held.subarray(begin);
    }
  } finally {
    closeSync(handle);
  }
}

function parse(line: Line): StoredEvent | undefined {
  try {
    const { t, i, m } = JSON.parse(line.text) as { t: number; i: number; m: string };
    return { timestamp: t, ingestionTime: i, message: m, offset: line.offset, next: line.next };
  } catch {
    return undefined;
  }
}
