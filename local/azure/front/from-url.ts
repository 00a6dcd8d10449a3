import { randomUUID } from "node:crypto";
import type { Dispatcher } from "undici";
import { ChecksumTap, checkExpected, type ExpectedChecksum } from "./checksum.ts";
import { denial } from "./denial.ts";
import { invalidHeader, StorageError } from "./errors.ts";
import { type Exchange, type Reply, reauthorized } from "./exchange.ts";
import { type BlobRequest, header } from "./request.ts";
import { cannotVerify, openSource, type Source } from "./source.ts";
import { asReply, sharedKeyOf } from "./store.ts";
import { asObject, forwardable, type RawHeaders } from "./upstream.ts";

const mebibyte = 1024 * 1024;

/**
 * The three operations that read from a URL, which Azurite has only for its own blobs: the source is fetched
 * and forwarded as an ordinary Put Block or Put Blob, so the destination's credentials, conditions, lease and
 * properties are checked by Azurite itself.
 */
export async function putFromUrl(exchange: Exchange, dispatcher: Dispatcher): Promise<Reply> {
  const { request } = exchange;
  if (Number(request.headers["content-length"] ?? 0) !== 0) {
    throw invalidHeader("Content-Length", request.headers["content-length"] ?? "");
  }
  const expected: ExpectedChecksum = {
    md5: header(request, "x-ms-source-content-md5"),
    crc64: header(request, "x-ms-source-content-crc64"),
  };
  checkExpected(expected, "x-ms-source-content-crc64");
  const source = await openSource(request, dispatcher).catch(async (error: unknown) => {
    throw (await unauthorized(exchange)) ?? error;
  });
  try {
    checkLength(request.operation, source.length);
    return await store(exchange, source, expected);
  } catch (error) {
    source.body.on("error", () => undefined).destroy();
    throw error;
  }
}

async function store(
  exchange: Exchange,
  source: Source,
  expected: ExpectedChecksum,
): Promise<Reply> {
  const { request, route, upstream } = exchange;
  const headers = [
    ...ownHeaders(exchange),
    ...(request.operation === "Put Block From URL" ? [] : blobHeaders(request, source)),
    "Content-Length",
    String(source.length),
  ];
  const tap = new ChecksumTap(expected);
  const answer = await upstream
    .send({
      method: "PUT",
      target: request.target,
      headers: reauthorized(exchange, request.target, headers),
      secure: route.secure,
      body: [source.body, tap],
    })
    .catch((error: unknown) => {
      if (error instanceof StorageError) throw error;
      throw cannotVerify(500, "The copy source broke off before its end.");
    });
  const reply = asReply(answer);
  return reply.status === 201 ? answered(request, reply, expected, tap.crc64 ?? "") : reply;
}

/** Of the request's own headers, those that go on; the source's checksums and conditions were for the front. */
function ownHeaders(exchange: Exchange): string[] {
  return forwardable(
    exchange.req.rawHeaders,
    /^x-ms-copy-source/i,
    /^x-ms-source-/i,
    /^x-ms-requires-sync$/i,
    /^x-ms-file-request-intent$/i,
    /^content-length$/i,
    sharedKeyOf(exchange),
  );
}

/** Properties that a blob takes over from its source: [the source's header, the request's header]. */
const properties = [
  ["content-type", "x-ms-blob-content-type"],
  ["content-encoding", "x-ms-blob-content-encoding"],
  ["content-language", "x-ms-blob-content-language"],
  ["content-disposition", "x-ms-blob-content-disposition"],
  ["cache-control", "x-ms-blob-cache-control"],
] as const;

/**
 * What Put Blob needs beyond the request's own headers. Properties come from the source unless the request
 * sets them or declines (x-ms-copy-source-blob-properties); metadata does when the source is a blob and the request sets none. Pure.
 */
function blobHeaders(request: BlobRequest, source: Source): RawHeaders {
  const given = request.headers;
  const wanted = header(request, "x-ms-copy-source-blob-properties")?.toLowerCase() !== "false";
  const taken = properties.flatMap(([from, to]) => {
    const value = source.headers[from];
    return wanted && typeof value === "string" && given[to] === undefined ? [to, value] : [];
  });
  const type = given["x-ms-blob-type"] === undefined ? ["x-ms-blob-type", "BlockBlob"] : [];
  return [...type, ...taken, ...metadata(request, source)];
}

function metadata(request: BlobRequest, source: Source): string[] {
  const isMetadata = (name: string): boolean => name.startsWith("x-ms-meta-");
  if (Object.keys(request.headers).some(isMetadata)) return [];
  return Object.entries(source.headers).flatMap(([name, value]) =>
    isMetadata(name) && typeof value === "string" ? [name, value] : [],
  );
}

/** https://learn.microsoft.com/rest/api/storageservices/put-block-from-url, put-blob-from-url, copy-blob-from-url */
function checkLength(operation: string, length: number): void {
  // What Azure really answers here is seen in github.com/Azure/azure-sdk-for-go/issues/19880.
  if (operation === "Copy Blob From URL" && length > 256 * mebibyte) {
    throw cannotVerify(409, "The source blob is larger than 268435456 bytes.");
  }
  const limit = (operation === "Put Block From URL" ? 4000 : 5000) * mebibyte;
  if (length > limit) {
    throw new StorageError(
      413,
      "RequestBodyTooLarge",
      "The request body is too large and exceeds the maximum permissible limit.",
      { MaxLimit: String(limit) },
    );
  }
}

/** Azure answers with the MD5 where the request gave one for the source, with the CRC-64 otherwise. */
function answered(
  request: BlobRequest,
  reply: Reply,
  expected: ExpectedChecksum,
  crc64: string,
): Reply {
  const headers = forwardable(reply.headers, /^content-md5$/i, /^x-ms-content-crc64$/i);
  if (expected.md5 === undefined) headers.push("x-ms-content-crc64", crc64);
  else headers.push("Content-MD5", expected.md5);
  if (request.operation !== "Copy Blob From URL") return { ...reply, headers };
  headers.push("x-ms-copy-id", randomUUID(), "x-ms-copy-status", "success");
  return { ...reply, status: 202, headers };
}

/**
 * Azure looks at the caller's credentials before it looks at the source. To answer in that order when the
 * source fails, Azurite is asked for a write that can only fail, but with the same credentials.
 */
async function unauthorized(exchange: Exchange): Promise<StorageError | undefined> {
  const { request, route, upstream } = exchange;
  const block = request.operation === "Put Block From URL";
  const target = block ? request.target.replace(/([?&]blockid=)[^&]*/i, "$1%21") : request.target;
  const impossible = block ? [] : ["x-ms-blob-content-md5", "!"];
  const type = asObject(ownHeaders(exchange))["x-ms-blob-type"] === undefined && !block;
  const headers = [
    ...ownHeaders(exchange).filter((_, index, all) => !isContentMd5(all, index)),
    ...(type ? ["x-ms-blob-type", "BlockBlob"] : []),
    ...impossible,
    "Content-Length",
    "0",
  ];
  const answer = await upstream.send({
    method: "PUT",
    target,
    headers: reauthorized(exchange, target, headers),
    secure: route.secure,
    body: [],
  });
  answer.resume();
  const status = answer.statusCode ?? 500;
  const code = answer.headers["x-ms-error-code"];
  if (status !== 401 && status !== 403) return undefined;
  return code === "AuthorizationFailure" || typeof code !== "string"
    ? denial(request, new Date())
    : new StorageError(status, code, "This request is not authorized to perform this operation.");
}

function isContentMd5(headers: RawHeaders, index: number): boolean {
  return (headers[index - (index % 2)] ?? "").toLowerCase() === "x-ms-blob-content-md5";
}
