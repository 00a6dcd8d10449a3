import type { HttpRequest } from "../send.ts";
import { Unsendable } from "./error.ts";

/** RFC 9110, 5.6.2. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Anything but tab and printable Latin-1. Text goes out as Latin-1: a character above it would lose its upper byte and could become a line feed. */
const UNFIT = /[^\t\x20-\x7e\x80-\xff]/;
const TARGET = /^\/[\x21-\x7e]*$/;

/** How a request is addressed besides its path and host: to a proxy, the whole address and who asks. */
export interface Via {
  readonly origin: string;
  /** Lines of the head. */
  readonly lines: string;
}

const DIRECT: Via = { origin: "", lines: "" };

/** The head of a request as it goes on the wire. Throws `Unsendable` for what could be read as more than one request; values are not shown, they may be secrets. */
export function encodeHead(
  request: HttpRequest,
  host: string,
  bodyLength: number,
  via = DIRECT,
): string {
  const { method, path, headers } = request;
  if (!TARGET.test(path)) throw new Unsendable("the path holds a character that is not encoded");
  let text = `${method} ${via.origin}${path} HTTP/1.1\r\n${via.lines}`;
  let hosted = false;
  let measured = false;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    const header = headerNamed(name);
    const { role } = header;
    if (value !== header.fit) {
      if (UNFIT.test(value)) {
        throw new Unsendable(`the header ${name} holds a character that a header cannot carry`);
      }
      header.fit = value;
      header.line = `${name}: ${value}\r\n`;
    }
    if (role === "host") hosted = true;
    else if (role === "length") measured = rightLength(value, bodyLength);
    else if (role === "coding") throw new Unsendable("bodies are sent with their length");
    text += header.line;
  }
  if (!hosted) text += `host: ${host}\r\n`;
  const hasBody = bodyLength > 0 || method === "PUT" || method === "POST";
  if (hasBody && !measured) text += `content-length: ${bodyLength}\r\n`;
  return `${text}\r\n`;
}

/** A header that told another length would make the rest of the body a request of its own. */
function rightLength(value: string, bodyLength: number): true {
  if (value === String(bodyLength)) return true;
  throw new Unsendable(`content-length is ${value}, the body has ${bodyLength} bytes`);
}

interface HeaderName {
  readonly role: "host" | "length" | "coding" | undefined;
  /** The last value that was found fit: many a header has the same in every request. */
  fit: string | undefined;
  /** The whole line with that value. */
  line: string;
}

const ROLES: Readonly<Record<string, HeaderName["role"]>> = {
  host: "host",
  "content-length": "length",
  "transfer-encoding": "coding",
};

// Requests repeat the same few dozen names; metadata adds some.
const known = new Map<string, HeaderName>();

function headerNamed(name: string): HeaderName {
  const found = known.get(name);
  if (found !== undefined) return found;
  if (!NAME.test(name)) throw new Unsendable(`${JSON.stringify(name)} is no header name`);
  const made: HeaderName = { role: ROLES[name.toLowerCase()], fit: undefined, line: "" };
  if (known.size < 500) known.set(name, made);
  return made;
}
