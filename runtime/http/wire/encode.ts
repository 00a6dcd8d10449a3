import type { HttpRequest } from "../send.ts";
import { Unsendable } from "./error.ts";

/** RFC 9110, 5.6.2. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Anything but tab and printable Latin-1. Text goes out as Latin-1: a character above it would lose its upper byte and could become a line feed. */
const UNFIT = /[^\t\x20-\x7e\x80-\xff]/;
const TARGET = /^\/[\x21-\x7e]*$/;

/** The head of a request as it goes on the wire. Throws `Unsendable` for what could be read as more than one request; values are not shown, they may be secrets. */
export function encodeHead(request: HttpRequest, host: string, bodyLength: number): string {
  const { method, path, headers } = request;
  if (!TARGET.test(path)) throw new Unsendable("the path holds a character that is not encoded");
  let text = `${method} ${path} HTTP/1.1\r\n`;
  let hosted = false;
  let measured = false;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    if (!NAME.test(name)) throw new Unsendable(`${JSON.stringify(name)} is no header name`);
    if (UNFIT.test(value)) {
      throw new Unsendable(`the header ${name} holds a character that a header cannot carry`);
    }
    if (name.length === 4 && name.toLowerCase() === "host") hosted = true;
    if (name.length >= 14) measured = framedBy(name.toLowerCase(), value, bodyLength) || measured;
    text += `${name}: ${value}\r\n`;
  }
  if (!hosted) text += `host: ${host}\r\n`;
  const hasBody = bodyLength > 0 || method === "PUT" || method === "POST";
  if (hasBody && !measured) text += `content-length: ${bodyLength}\r\n`;
  return `${text}\r\n`;
}

/** Whether this header tells the length of the body. One that told another would make the rest of the body a request of its own. */
function framedBy(name: string, value: string, bodyLength: number): boolean {
  if (name === "transfer-encoding") throw new Unsendable("bodies are sent with their length");
  if (name !== "content-length") return false;
  if (value !== String(bodyLength)) {
    throw new Unsendable(`content-length is ${value}, the body has ${bodyLength} bytes`);
  }
  return true;
}
