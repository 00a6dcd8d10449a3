import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** An error as the blob service reports it: a status, `x-ms-error-code`, and Azure's XML. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly status: number;
  readonly code: string;
  /** Further elements of the XML, for example `{ HeaderName: "x-ms-copy-source" }`. */
  readonly detail: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    detail: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.headers = headers;
  }
}

export function invalidHeader(name: string, value: string): StorageError {
  return new StorageError(
    400,
    "InvalidHeaderValue",
    "The value for one of the HTTP headers is not in the correct format.",
    { HeaderName: name, HeaderValue: value },
  );
}

/** What Azure says of a signature or a token that is not good. @param detail why, as far as it can be said */
export function authenticationFailed(detail: string): StorageError {
  return new StorageError(
    403,
    "AuthenticationFailed",
    "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
    { AuthenticationErrorDetail: detail },
  );
}

/** Answers with an error and reads away what is left of the request's body. */
export function sendError(req: IncomingMessage, res: ServerResponse, error: StorageError): void {
  if (res.headersSent) {
    res.destroy(error);
    return;
  }
  const requestId = randomUUID();
  const body = Buffer.from(toXml(error, requestId, new Date()));
  res.writeHead(error.status, {
    ...error.headers,
    "x-ms-error-code": error.code,
    "x-ms-request-id": requestId,
    "x-ms-version": "2026-06-06",
    "content-type": "application/xml",
    "content-length": body.length,
    ...clientRequestId(req),
  });
  res.end(req.method === "HEAD" ? undefined : body);
  req.resume();
}

function clientRequestId(req: IncomingMessage): Record<string, string> {
  const id = req.headers["x-ms-client-request-id"];
  return typeof id === "string" ? { "x-ms-client-request-id": id } : {};
}

function toXml(error: StorageError, requestId: string, now: Date): string {
  const message = `${error.message}\nRequestId:${requestId}\nTime:${now.toISOString()}`;
  const elements = Object.entries({ Code: error.code, Message: message, ...error.detail });
  const inner = elements.map(([name, value]) => `<${name}>${escape(value)}</${name}>`).join("");
  // Azure begins its errors with a byte order mark.
  return `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error>${inner}</Error>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
