import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { ChecksumTap, checkExpected, type ExpectedChecksum } from "./checksum.ts";
import { type Exchange, type Reply, reauthorized } from "./exchange.ts";
import { header } from "./request.ts";
import { forwardable } from "./upstream.ts";

/** Anything that Azurite does itself: forwarded as it is, streaming both ways. */
export async function forward(exchange: Exchange): Promise<Reply> {
  const { req, request, route, upstream } = exchange;
  const answer = await upstream.send({
    method: request.method,
    target: request.target,
    headers: forwardable(req.rawHeaders),
    secure: route.secure,
    body: bodyOf(req),
  });
  return asReply(answer);
}

/**
 * Put Blob. Azurite neither answers with the blob's CRC-64, nor accepts x-ms-content-crc64 together with
 * x-ms-blob-content-md5 (the one secures the transport, the other is a property); Azure does both.
 */
export async function putBlob(exchange: Exchange): Promise<Reply> {
  const { req, request, route, upstream } = exchange;
  const type = header(request, "x-ms-blob-type")?.toLowerCase();
  if (type !== "blockblob") return forward(exchange);
  const crc64 = header(request, "x-ms-content-crc64");
  const sentMd5 = header(request, "content-md5");
  const expected: ExpectedChecksum = { crc64, md5: crc64 === undefined ? undefined : sentMd5 };
  checkExpected(expected, "x-ms-content-crc64");
  const verifiesHere =
    crc64 !== undefined && header(request, "x-ms-blob-content-md5") !== undefined;
  const headers = verifiesHere
    ? reauthorized(
        exchange,
        request.target,
        forwardable(req.rawHeaders, /^x-ms-content-crc64$/i, sharedKeyOf(exchange)),
      )
    : forwardable(req.rawHeaders);
  const tap = new ChecksumTap(verifiesHere ? expected : {});
  const answer = await upstream.send({
    method: "PUT",
    target: request.target,
    headers,
    secure: route.secure,
    body: [req, tap],
  });
  const reply = asReply(answer);
  return reply.status === 201 && sentMd5 === undefined && tap.crc64 !== undefined
    ? { ...reply, headers: [...reply.headers, "x-ms-content-crc64", tap.crc64] }
    : reply;
}

/** Matches the Authorization header where it is about to be replaced, and nothing otherwise. */
export function sharedKeyOf({ request }: Exchange): RegExp {
  return request.credentials === "shared key" ? /^authorization$/i : /^$/;
}

export function asReply(answer: IncomingMessage): Reply {
  return {
    status: answer.statusCode ?? 500,
    headers: forwardable(answer.rawHeaders),
    body: answer,
  };
}

function bodyOf(req: IncomingMessage): Readable[] {
  const empty =
    req.headers["transfer-encoding"] === undefined &&
    Number(req.headers["content-length"] ?? 0) === 0;
  return empty ? [] : [req];
}
