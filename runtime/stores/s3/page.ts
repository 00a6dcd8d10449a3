import type { ListedObject } from "../contract.ts";
import { decodeUrl, textOf, unescapeXml } from "./xml.ts";

export interface Page {
  readonly objects: readonly ListedObject[];
  readonly truncated: boolean;
  /** The continuation token of ListObjectsV2, where there is one. */
  readonly next: string | undefined;
  /** The answer has the form of ListObjects: a server that knows no other ignores what asks for V2, `start-after` too. */
  readonly old: boolean;
}

// Characters by which elements are told apart.
const SLASH = 0x2f;
const UPPER_E = 0x45;
const UPPER_K = 0x4b;
const UPPER_L = 0x4c;
const UPPER_S = 0x53;
const LOWER_I = 0x69;
const LOWER_T = 0x74;
const DIGIT_0 = 0x30;
const AMPERSAND = 0x26;
const QUOTE = 0x22;

const CONTENTS = "<Contents>";

/**
 * A page of ListObjectsV2 or ListObjects. One pass over the page as Latin-1 (a byte is a character, so nothing is decoded but the keys that need it),
 * from one `<` to the next: a scan of millions of keys spends its time here.
 */
export function parsePage(body: Buffer): Page {
  const text = body.toString("latin1");
  const first = text.indexOf(CONTENTS);
  const last = text.lastIndexOf("</Contents>");
  const around = first < 0 ? text : text.slice(0, first) + text.slice(last);
  const next = textOf(around, "NextContinuationToken");
  return {
    objects: first < 0 ? [] : parseContents(body, text, first, keysOf(text, around)),
    truncated: textOf(around, "IsTruncated") === "true",
    next,
    old: next === undefined && !around.includes("<KeyCount>"),
  };
}

type Decode = ((key: string) => string) | undefined;

/** How this page's keys are read; undefined: as they stand there. */
function keysOf(text: string, around: string): Decode {
  if (textOf(around, "EncodingType") === "url") {
    return text.includes("%") || text.includes("+") ? decodeUrl : undefined;
  }
  return (key) => unescapeXml(Buffer.from(key, "latin1").toString("utf8"));
}

/** Keys are slices of a text and keep it in memory: whoever keeps one key of a page must not keep the page. */
const PIECE = 16_384;

function parseContents(body: Buffer, text: string, first: number, decode: Decode): ListedObject[] {
  const objects: ListedObject[] = [];
  for (let from = first; from >= 0;) {
    const next = text.indexOf(CONTENTS, from + PIECE);
    const piece = body.toString("latin1", from, next < 0 ? text.length : next);
    for (let at = 0; at >= 0; at = piece.indexOf(CONTENTS, at)) {
      at = parseObject(piece, at + CONTENTS.length, decode, objects);
    }
    from = next;
  }
  return objects;
}

/** Reads one object and returns the place after it. */
function parseObject(text: string, from: number, decode: Decode, objects: ListedObject[]): number {
  let key = "";
  let etag = "";
  let size = 0;
  let modified = 0;
  let storageClass: string | undefined;
  let open = text.indexOf("<", from);
  for (;;) {
    const initial = text.charCodeAt(open + 1);
    if (initial === SLASH) break;
    let end: number;
    if (initial === UPPER_K) {
      end = text.indexOf("<", open + 5);
      key = text.slice(open + 5, end);
      end += 6;
    } else if (initial === UPPER_L) {
      end = text.indexOf("<", open + 14);
      modified = timeAt(text, open + 14, end);
      end += 15;
    } else if (initial === UPPER_E) {
      end = text.indexOf("<", open + 6);
      etag = etagAt(text, open + 6, end);
      end += 7;
    } else if (initial === UPPER_S && text.charCodeAt(open + 2) === LOWER_I) {
      end = text.indexOf("<", open + 6);
      size = numberAt(text, open + 6, end);
      end += 7;
    } else if (initial === UPPER_S && text.charCodeAt(open + 2) === LOWER_T) {
      end = text.indexOf("<", open + 14);
      storageClass = classAt(text, open + 14, end);
      end += 15;
    } else {
      end = afterElement(text, open);
    }
    open = text.indexOf("<", end);
    if (open < 0) break;
  }
  objects.push({
    key: decode === undefined ? key : decode(key),
    size,
    etag,
    modified,
    storageClass,
  });
  return open < 0 ? text.length : open;
}

/** The place after an element that nobody asks for (Owner, ChecksumAlgorithm ...), which may have children. */
function afterElement(text: string, open: number): number {
  const close = text.indexOf(">", open);
  if (text.charCodeAt(close - 1) === SLASH) return close + 1;
  const inner = text.indexOf("<", close);
  if (text.charCodeAt(inner + 1) === SLASH) return text.indexOf(">", inner) + 1;
  const name = /^[^\s>]+/.exec(text.slice(open + 1, close))?.[0] ?? "";
  const end = text.indexOf(`</${name}>`, close);
  return end < 0 ? text.length : end + name.length + 3;
}

function etagAt(text: string, from: number, to: number): string {
  const initial = text.charCodeAt(from);
  if (initial === AMPERSAND) return text.slice(from + 6, to - 6); // &quot;
  return initial === QUOTE ? text.slice(from + 1, to - 1) : text.slice(from, to);
}

function classAt(text: string, from: number, to: number): string {
  return to - from === 8 && text.startsWith("STANDARD", from) ? "STANDARD" : text.slice(from, to);
}

function numberAt(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + (text.charCodeAt(at) - DIGIT_0);
  return value;
}

let knownDay = "";
let knownDayMs = 0;

/** `2026-01-31T12:00:00.000Z`, the fraction of any length; neighbours in a listing often share their day. */
function timeAt(text: string, from: number, to: number): number {
  if (knownDay === "" || !text.startsWith(knownDay, from)) {
    knownDay = text.slice(from, from + 10);
    knownDayMs = Date.parse(knownDay);
  }
  const hours = numberAt(text, from + 11, from + 13);
  const minutes = numberAt(text, from + 14, from + 16);
  const seconds = numberAt(text, from + 17, from + 19);
  // Z ends it; a fraction is three digits, where there is one.
  const ms = to - from >= 24 ? numberAt(text, from + 20, from + 23) : 0;
  return knownDayMs + ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
}
