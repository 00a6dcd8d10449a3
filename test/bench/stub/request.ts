import type { Content } from "./content.ts";

/** One request, its body received. */
export class HttpRequest {
  readonly method: string;
  /** As sent: percent-encoded, without the query. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly #headers: ReadonlyMap<string, string>;
  readonly content: Content;

  constructor(head: Head, content: Content) {
    const mark = head.target.indexOf("?");
    this.method = head.method;
    this.path = mark < 0 ? head.target : head.target.slice(0, mark);
    this.query = mark < 0 ? NO_QUERY : parseQuery(head.target.slice(mark + 1));
    this.#headers = head.headers;
    this.content = content;
  }

  /** By lower-case name. */
  header(name: string): string | undefined {
    return this.#headers.get(name);
  }

  /** Headers that begin with a prefix, without it. */
  prefixed(prefix: string): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [name, value] of this.#headers) {
      if (name.startsWith(prefix)) found[name.slice(prefix.length)] = value;
    }
    return found;
  }

  text(): string {
    return this.content.bytes().toString("utf8");
  }
}

export interface Head {
  readonly method: string;
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** `text`: the request line and headers, without the empty line. */
export function parseHead(text: string): Head {
  let end = text.indexOf("\r\n");
  if (end < 0) end = text.length;
  const first = text.indexOf(" ");
  const second = text.indexOf(" ", first + 1);
  const headers = new Map<string, string>();
  for (let at = end + 2; at < text.length;) {
    let stop = text.indexOf("\r\n", at);
    if (stop < 0) stop = text.length;
    const colon = text.indexOf(":", at);
    const value = text.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1;
    headers.set(text.slice(at, colon).toLowerCase(), text.slice(value, stop));
    at = stop + 2;
  }
  return { method: text.slice(0, first), target: text.slice(first + 1, second), headers };
}

const NO_QUERY: ReadonlyMap<string, string> = new Map();

function parseQuery(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 0) query.set(decoded(pair), "");
    else query.set(decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1)));
  }
  return query;
}

function decoded(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  return decodeURIComponent(text.replaceAll("+", " "));
}
