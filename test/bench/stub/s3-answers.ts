import type { Reply } from "./connection.ts";
import type { HttpRequest } from "./request.ts";

const XML = "Content-Type: application/xml\r\n";
export const S3_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

export function xml(root: string, inner: string): Reply {
  return {
    status: 200,
    headers: XML,
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} ${S3_NAMESPACE}>${inner}</${root}>`,
  };
}

const STATUS: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  BadDigest: 400,
  BucketAlreadyOwnedByYou: 409,
  InvalidArgument: 400,
  InvalidPart: 400,
  InvalidRange: 416,
  MissingSecurityHeader: 400,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  NotModified: 304,
  PreconditionFailed: 412,
  SlowDown: 503,
};

export function s3Error(code: string, request: HttpRequest): Reply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code}</Message><Resource>${escapeXml(request.path)}</Resource><RequestId>RIG</RequestId></Error>`;
  const bare = request.method === "HEAD" || code === "NotModified";
  return { status: STATUS[code] ?? 400, headers: XML, ...(bare ? {} : { body }) };
}

export function escapeXml(text: string): string {
  if (!/[&<>"]/.test(text)) return text;
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

export function unescapeXml(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#34;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}

/** `bytes=a-b`, `bytes=a-`, `bytes=-n` as [start, end excluded]; undefined when it cannot be satisfied. */
export function parseRange(text: string, size: number): [number, number] | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") return [Math.max(0, size - Number(last)), size];
  const start = Number(first);
  if (start >= size) return undefined;
  return [start, last === "" ? size : Math.min(size, Number(last) + 1)];
}
