import { visible } from "../../../runtime/visible.ts";

/**
 * HTML that may stand in a comment as it is. Made only by the template below, which turns every string into an escaped `<code>`: GitHub makes
 * no mentions, issue references, emoji, links or formulas of what is in there, and no text can leave it.
 */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get length(): number {
    return this.text.length;
  }
}

type Part = Html | string | number | readonly Html[];

/** The template's own text is ours; what is put in is somebody's. Lines are joined: a blank line would end an HTML block. */
export function safe(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const own = strings.map((text) => compact(text));
  return new Html(
    own.map((text, index) => (index === 0 ? text : show(parts[index - 1] ?? "") + text)).join(""),
  );
}

/** Pieces with nothing or this between them. */
export function join(parts: readonly Html[], between = ""): Html {
  return new Html(parts.map(({ text }) => text).join(between));
}

/** Line breaks of our own between two tags mean nothing, elsewhere a space. */
function compact(text: string): string {
  return text.replaceAll(/(>)?\n\s*(<)?/g, (_all, end: string = "", start: string = "") =>
    end === "" || start === "" ? `${end} ${start}` : end + start,
  );
}

function show(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === "number") return String(part);
  return typeof part === "string" ? `<code>${escape(part)}</code>` : join(part).text;
}

/** A link to a page of the service; any other address is shown, not linked. */
export function link(address: string, words: string): Html {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) return safe`${address}`;
  return new Html(`<a href="${escape(url.href)}">${escape(words)}</a>`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Text for HTML. What cannot be seen, or turns around what can (control characters, bidirectional marks, zero widths, halves of surrogate
 * pairs), is written as an escape, so that a reviewer reads what is there.
 */
export function escape(text: string): string {
  return visible(text)
    .replaceAll(/[&<>"']/g, (one) => ENTITIES[one] ?? "")
    .replaceAll(/\r\n|[\n\r\f\u2028\u2029]/g, "&#10;")
    .replaceAll("\t", "&#9;");
}

/** Long words of a cloud or an engine: the page has them whole. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "");
  return `${cut}… (${text.length - cut.length} more characters)`;
}
