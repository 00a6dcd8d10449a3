import { malformed } from "./error.ts";

/** What precedes the body of an answer. */
export interface Head {
  readonly status: number;
  /** Lower-case names; repeated headers joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The connection may serve another request when the body has ended. */
  readonly persistent: boolean;
}

/** A body in chunks. */
export const CHUNKED = -1;
/** A body that ends with the connection. */
export const UNTIL_CLOSE = -2;

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What no header may hold, between lines that end as they should. */
const UNFIT = /\0|\r(?!\n)|(?<!\r)\n/;

/** Objects without a prototype, so that a header `constructor` is a header; made by a constructor because those literals are slow to fill. */
const Bare = function () {
  // Headers are added one by one.
} as unknown as new () => Record<string, string>;
Bare.prototype = Object.create(null) as object;

interface HeaderName {
  /** As it stands in an answer, with the colon. */
  readonly told: string;
  readonly name: string;
}

/** A line of an answer's head. */
interface HeaderLine extends HeaderName {
  /** The whole of it with its end, where it has been the same in all answers so far; else empty. */
  text: string;
  readonly value: string;
}

/** The headers of an answer, in their order. The next answer of the same server mostly has the same: comparing is cheaper than cutting out and looking up. */
export type Layout = HeaderLine[];

/** `text`: status line and header lines, without the empty line that ends them. */
export function parseHead(text: string, layout: Layout = []): Head {
  const lineEnd = endOfLine(text, 0);
  const status = Number(text.slice(9, 12));
  const statusLine = text.startsWith("HTTP/1.") && text[8] === " " && status >= 100;
  if (!statusLine || (lineEnd > 12 && text[12] !== " ")) throw malformed("its first line is odd");
  // All at once: a test per header would cost more than all the rest.
  if (UNFIT.test(text)) throw malformed("a header holds a control character");
  const headers = new Bare();
  for (let at = lineEnd + 2, index = 0; at < text.length; index += 1) {
    const likely = layout[index];
    if (likely !== undefined && likely.text !== "" && text.startsWith(likely.text, at)) {
      add(headers, likely.name, likely.value);
      at += likely.text.length;
      continue;
    }
    const end = endOfLine(text, at);
    if (likely !== undefined && text.startsWith(likely.told, at)) {
      likely.text = "";
      add(headers, likely.name, trimmed(text, at + likely.told.length, end));
    } else {
      const line = lineAt(text, at, end);
      layout[index] = line;
      add(headers, line.name, line.value);
    }
    at = end + 2;
  }
  return { status, headers, persistent: persists(text[7] === "1", headers["connection"]) };
}

/** How the body ends: its length in bytes, CHUNKED or UNTIL_CLOSE. RFC 9112, 6.3. */
export function framing(method: string, { status, headers }: Head): number {
  if (method === "HEAD" || status === 204 || status === 304) return 0;
  const coding = headers["transfer-encoding"];
  if (coding !== undefined) {
    if (coding.toLowerCase() !== "chunked") throw malformed("an unknown transfer coding");
    // Two lengths at once are how answers are smuggled.
    if (headers["content-length"] !== undefined) throw malformed("it has two lengths");
    return CHUNKED;
  }
  const length = headers["content-length"];
  if (length === undefined) return UNTIL_CLOSE;
  const value = length.includes(",") ? onlyOne(length) : length;
  if (!/^\d{1,15}$/.test(value)) throw malformed("its length is no number");
  return Number(value);
}

function onlyOne(list: string): string {
  const values = new Set(list.split(",").map((value) => value.trim()));
  return values.size === 1 ? ([...values][0] ?? "") : "";
}

function add(headers: Record<string, string>, name: string, value: string): void {
  const before = headers[name];
  headers[name] = before === undefined ? value : `${before}, ${value}`;
}

function lineAt(text: string, at: number, end: number): HeaderLine {
  const { told, name } = nameAt(text, at, end);
  const value = trimmed(text, at + told.length, end);
  // Without its end, as the last one stands here, it would also be the beginning of a longer one.
  return { told, name, value, text: end < text.length ? text.slice(at, end + 2) : "" };
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf("\r\n", from);
  return at < 0 ? text.length : at;
}

/** Without spaces and tabs around it. Not `trim()`: that takes 0xA0 too, which ends many a UTF-8 character. */
function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function nameAt(text: string, at: number, end: number): HeaderName {
  const colon = text.indexOf(":", at);
  if (colon < 0 || colon > end) throw malformed("a header has no colon");
  const told = text.slice(at, colon + 1);
  const found = known.get(told);
  if (found !== undefined) return found;
  const name = told.slice(0, -1);
  if (!NAME.test(name)) throw malformed("a header's name is odd");
  const made = { told, name: name.toLowerCase() };
  if (known.size < 500) known.set(told, made);
  return made;
}

// Servers repeat the same few dozen names in every answer.
const known = new Map<string, HeaderName>();

function persists(http11: boolean, connection: string | undefined): boolean {
  if (connection === undefined) return http11;
  const tokens = connection.toLowerCase();
  return !tokens.includes("close") && (http11 || tokens.includes("keep-alive"));
}
