import { marksFromMetadata } from "../../decide/marks.ts";
import type { ListedTarget, Marks } from "../contract.ts";

export interface BlobPage {
  readonly blobs: readonly ListedTarget[];
  /** The marker of the next page. */
  readonly next: string | undefined;
}

/**
 * A List Blobs answer with metadata. One pass: every element is looked for from where the one before was found, as Azure writes them in one order, and none is
 * looked for again behind the blob that lacks it. The page (some 5 MB) is read in pieces, as strings that live as short as any; what is kept of them are copies, for a part of a string
 * would keep the whole.
 */
export function parseBlobPage(body: Buffer): BlobPage {
  const reader = new PieceReader();
  const blobs: ListedTarget[] = [];
  let at = 0;
  for (;;) {
    const end = endOfPiece(body, at);
    if (end < 0) break;
    reader.read(body.subarray(at, end), blobs);
    at = end;
  }
  const rest = body.toString("utf8", at);
  if (rest.includes(NAME)) throw new Error("A listing ends in the middle of a blob.");
  const marker = /<NextMarker>([^<]+)</.exec(rest)?.[1];
  return { blobs, next: marker === undefined ? undefined : unescapeXml(marker) };
}

const NAME = "<Blob><Name";
/** No text holds it: its angle brackets would be escaped. */
const END = "</Blob>";
const PIECE = 64 * 1024;

/** Behind the last blob that ends within a piece from here, or the next one that ends at all; -1 when none does. */
function endOfPiece(body: Buffer, at: number): number {
  const last = body.subarray(at, at + PIECE).lastIndexOf(END);
  const found = last >= 0 ? at + last : body.indexOf(END, at);
  return found < 0 ? -1 : found + END.length;
}

/** Finds the next place of a tag: blobs of a page are alike, so it mostly lies as far ahead as the last time; a search runs over each byte once at most. */
class TagFinder {
  readonly tag: string;
  #xml = "";
  #ahead = 0;
  /** There is none in between. */
  #searchedFrom = 0;
  #found = -1;

  constructor(tag: string) {
    this.tag = tag;
  }

  begin(xml: string): void {
    this.#xml = xml;
    this.#found = -1;
  }

  find(from: number): number {
    if (from >= this.#searchedFrom && from <= this.#found) return this.#found;
    const guess = from + this.#ahead;
    if (this.#xml.startsWith(this.tag, guess)) return guess;
    const found = this.#xml.indexOf(this.tag, from);
    this.#searchedFrom = from;
    this.#found = found < 0 ? Number.MAX_SAFE_INTEGER : found;
    if (found >= 0) this.#ahead = found - from;
    return this.#found;
  }
}

class PieceReader {
  #body: Buffer = Buffer.alloc(0);
  /** One character per byte, so that offsets are those of the body. */
  #xml = "";
  readonly #lastModified = new TagFinder("<Last-Modified>");
  readonly #etag = new TagFinder("<Etag>");
  readonly #contentLength = new TagFinder("<Content-Length>");
  readonly #contentMd5 = new TagFinder("<Content-MD5>");
  readonly #folder = new TagFinder("<ResourceType>directory");
  readonly #metadata = new TagFinder("<Metadata>");
  readonly #pin = new TagFinder("<causeway_pin>");
  readonly #sourceEtag = new TagFinder("<causeway_etag>");
  readonly #size = new TagFinder("<causeway_size>");
  readonly #modified = new TagFinder("<causeway_modified>");
  readonly #pipeline = new TagFinder("<causeway_pipeline>");
  #start = 0;
  #end = 0;
  /** All blobs of a page mostly have one writer. */
  #writer = "";

  /** @param body that ends with a blob */
  read(body: Buffer, blobs: ListedTarget[]): void {
    this.#body = body;
    this.#xml = body.toString("latin1");
    this.#begin();
    for (let at = this.#xml.indexOf(NAME); at >= 0; at = this.#nextBlob()) {
      this.#end = this.#xml.indexOf(END, at);
      const blob = this.#blob(at + NAME.length);
      if (this.#find(this.#folder, this.#start) < 0) blobs.push(blob);
    }
  }

  #begin(): void {
    this.#lastModified.begin(this.#xml);
    this.#etag.begin(this.#xml);
    this.#contentLength.begin(this.#xml);
    this.#contentMd5.begin(this.#xml);
    this.#folder.begin(this.#xml);
    this.#metadata.begin(this.#xml);
    this.#pin.begin(this.#xml);
    this.#sourceEtag.begin(this.#xml);
    this.#size.begin(this.#xml);
    this.#modified.begin(this.#xml);
    this.#pipeline.begin(this.#xml);
  }

  #nextBlob(): number {
    const likely = this.#end + END.length;
    return this.#xml.startsWith(NAME, likely) ? likely : this.#xml.indexOf(NAME, likely);
  }

  /** @param at behind `<Name` */
  #blob(at: number): ListedTarget {
    const xml = this.#xml;
    const nameAt = xml.indexOf(">", at) + 1;
    this.#start = xml.indexOf("<", nameAt);
    const text = this.#text(nameAt, this.#start);
    const modifiedAt = this.#need(this.#lastModified, this.#start);
    const etagAt = this.#need(this.#etag, modifiedAt);
    const sizeAt = this.#need(this.#contentLength, etagAt);
    const marks = this.#marks(sizeAt);
    const md5 = marks === undefined ? this.#md5(sizeAt) : undefined;
    return {
      name: nameAt === at + 1 ? text : decodeURIComponent(text),
      etag: quoted(this.#body.toString("latin1", etagAt, xml.indexOf("<", etagAt))),
      size: number(xml, sizeAt),
      modified: httpDate(xml, modifiedAt),
      marks,
      marksAre: "seen",
      ...(md5 === undefined ? {} : { md5 }),
    };
  }

  #md5(from: number): Buffer | undefined {
    const at = this.#find(this.#contentMd5, from);
    if (at < 0) return undefined;
    const md5 = Buffer.from(this.#xml.slice(at, at + 24), "base64");
    return md5.length === 16 ? md5 : undefined;
  }

  #marks(from: number): Marks | undefined {
    const metadataAt = this.#find(this.#metadata, from);
    if (metadataAt < 0) return undefined;
    const pinAt = this.#find(this.#pin, metadataAt);
    const sizeAt = this.#find(this.#size, metadataAt);
    const modifiedAt = this.#find(this.#modified, metadataAt);
    const writerAt = this.#find(this.#pipeline, metadataAt);
    if (pinAt < 0 || sizeAt < 0 || modifiedAt < 0 || writerAt < 0) return undefined;
    const etagAt = this.#find(this.#sourceEtag, metadataAt);
    const pin = this.#value(pinAt);
    const etag = etagAt < 0 ? undefined : this.#value(etagAt);
    const modified = this.#value(modifiedAt);
    if (!this.#xml.startsWith(`${this.#writer}<`, writerAt)) this.#writer = this.#value(writerAt);
    const writer = this.#writer;
    if (pin.startsWith("=?") || writer.startsWith("=?") || etag?.startsWith("=?") === true) {
      return marksFromMetadata({
        causeway_pin: pin,
        ...(etag === undefined ? {} : { causeway_etag: etag }),
        causeway_size: this.#value(sizeAt),
        causeway_modified: modified,
        causeway_pipeline: writer,
      });
    }
    return { pin, etag, size: number(this.#xml, sizeAt), modified, writer };
  }

  #need(finder: TagFinder, likely: number): number {
    let found = this.#find(finder, likely);
    if (found < 0) found = this.#find(finder, this.#start);
    if (found < 0) throw new Error(`A blob is listed without its ${finder.tag}.`);
    return found;
  }

  /** Behind the tag; -1 when the blob has none at or after `from`. */
  #find(finder: TagFinder, from: number): number {
    const found = finder.find(from);
    return found < this.#end ? found + finder.tag.length : -1;
  }

  /** Metadata is ASCII, as the header was that set it. */
  #value(at: number): string {
    const text = this.#body.toString("latin1", at, this.#xml.indexOf("<", at));
    return text.includes("&") ? unescapeXml(text) : text;
  }

  #text(start: number, end: number): string {
    const text = this.#body.toString("utf8", start, end);
    return text.includes("&") ? unescapeXml(text) : text;
  }
}

/** Listings show ETags without the quotes that conditions want. */
function quoted(etag: string): string {
  return etag.startsWith('"') ? etag : `"${etag}"`;
}

function number(xml: string, at: number): number {
  let value = 0;
  for (let index = at; ; index += 1) {
    const digit = xml.charCodeAt(index) - 48;
    if (!(digit >= 0 && digit <= 9)) return value;
    value = value * 10 + digit;
  }
}

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

/** `Sun, 27 Sep 2009 18:41:57 GMT` in milliseconds since 1970; Date.parse takes ten times as long. */
function httpDate(xml: string, at: number): number {
  const two = (index: number): number =>
    (xml.charCodeAt(at + index) - 48) * 10 + xml.charCodeAt(at + index + 1) - 48;
  const month = MONTHS.indexOf(xml.slice(at + 8, at + 11)) / 3;
  return Date.UTC(two(12) * 100 + two(14), month, two(5), two(17), two(20), two(23));
}

export function unescapeXml(text: string): string {
  return text.replace(/&(?:lt|gt|quot|apos|amp|#x([0-9A-Fa-f]+)|#([0-9]+));/g, (all, hex, dec) => {
    if (hex !== undefined) return String.fromCodePoint(parseInt(String(hex), 16));
    if (dec !== undefined) return String.fromCodePoint(Number(dec));
    return NAMED[all] ?? all;
  });
}

const NAMED: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&amp;": "&",
};
