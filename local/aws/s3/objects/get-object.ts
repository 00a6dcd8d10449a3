import { pipeline } from "node:stream/promises";

import { checksumHeader } from "../checksums/algorithm.ts";
import { readVerdict } from "../conditions.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import { throughFault } from "../faults.ts";
import type { Version } from "../index/version.ts";
import { readRange } from "../range.ts";
import type { ByteRange } from "../range.ts";
import { checkCustomerKey, encryptionHeaders } from "./encryption.ts";
import { findAllowed, refOf, shownVersionId } from "./find.ts";
import { overwrite } from "./overwrite.ts";
import { checkReadable, restoreHeader } from "./restore.ts";

/** What of a version an answer holds. */
interface Slice extends ByteRange {
  readonly partial: boolean;
  /** The part asked for by number, from 0. */
  readonly part?: number;
}

/** GetObject and HeadObject: the same headers, with and without the bytes. */
export async function getObject(call: Call): Promise<void> {
  call.bucket();
  const version = findAllowed(call, refOf(call), {
    newest: "s3:GetObject",
    named: "s3:GetObjectVersion",
  });
  const verdict = readVerdict(call.header, version);
  if (verdict.kind === "failed") throw s3Error.preconditionFailed(verdict.condition);
  if (verdict.kind === "not-modified") {
    call.reply({ status: 304, headers: validators(call, version) });
    return;
  }
  checkCustomerKey(call, version);
  const head = call.operation === "HeadObject";
  if (!head) checkReadable(version, call.server.now());
  const slice = sliceOf(call, version);
  call.writeHead(slice.partial ? 206 : 200, {
    ...validators(call, version),
    ...describe(version, call.server.now()),
    ...overrides(call),
    ...extent(version, slice),
    ...checksums(call, version, slice),
  });
  if (head) call.request.res.end();
  else await send(call, version, slice);
}

async function send(call: Call, version: Version, slice: Slice): Promise<void> {
  const { res } = call.request;
  const reading = call.store.read(version, slice.start, slice.end);
  const replace = (body: Buffer) => overwrite(call, version.bucket, version.key, body);
  try {
    const { bytes } = reading;
    await pipeline(call.fault ? throughFault(bytes, call.fault, res, replace) : bytes, res);
  } catch (error) {
    // The status is out: a client that left is no error, and anything else can only be told by breaking off.
    if (!res.destroyed) res.destroy(error as Error);
  } finally {
    reading.close();
  }
}

function sliceOf(call: Call, version: Version): Slice {
  const number = call.query.get("partNumber");
  const range = call.header("range");
  const whole = { start: 0, end: version.size, partial: false };
  if (number === undefined) {
    const found = readRange(range, version.size);
    return found ? { ...found, partial: true } : whole;
  }
  if (range !== undefined) {
    throw s3Error.invalidRequest("Cannot specify both Range header and partNumber query parameter");
  }
  return partSlice(version, number);
}

function partSlice(version: Version, text: string): Slice {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw s3Error.invalidArgument("Part number must be an integer between 1 and 10000, inclusive", {
      ArgumentName: "partNumber",
      ArgumentValue: text,
    });
  }
  const sizes = version.multipart ? version.segments.map(({ size }) => size) : [version.size];
  const size = sizes[number - 1];
  if (size === undefined) throw s3Error.invalidPartNumber(number, sizes.length);
  const start = sizes.slice(0, number - 1).reduce((sum, one) => sum + one, 0);
  return { start, end: start + size, partial: true, part: number - 1 };
}

function validators(call: Call, version: Version): Record<string, string | undefined> {
  return {
    etag: `"${version.etag}"`,
    "last-modified": new Date(version.modified).toUTCString(),
    "x-amz-version-id": shownVersionId(call, version.bucket, version.id),
    "cache-control": version.attributes.headers["cache-control"],
    expires: version.attributes.headers["expires"],
  };
}

function describe(version: Version, now: Date): Record<string, string | undefined> {
  const { headers, metadata, tags } = version.attributes;
  const user = Object.entries(metadata).map(([name, value]) => [
    `x-amz-meta-${name}`,
    headerText(value),
  ]);
  const tagCount = Object.keys(tags).length;
  return {
    "accept-ranges": "bytes",
    ...Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, headerText(value)]),
    ),
    ...(Object.fromEntries(user) as Record<string, string>),
    ...encryptionHeaders(version.attributes),
    "x-amz-storage-class": version.storageClass === "STANDARD" ? undefined : version.storageClass,
    "x-amz-tagging-count": tagCount > 0 ? String(tagCount) : undefined,
    "x-amz-restore": restoreHeader(version, now),
  };
}

/** Header values are ASCII; S3 sends others as RFC 2047 words. */
function headerText(value: string): string {
  return /^[\x20-\x7e\t]*$/.test(value)
    ? value
    : `=?UTF-8?B?${Buffer.from(value).toString("base64")}?=`;
}

function overrides(call: Call): Record<string, string | undefined> {
  const asked = [...call.query].filter(([name]) => name.startsWith("response-"));
  if (asked.length === 0) return {};
  if (call.request.principal.kind === "anonymous") {
    throw s3Error.invalidRequest(
      "Request specific response headers cannot be used for anonymous GET requests.",
    );
  }
  return Object.fromEntries(
    asked.map(([name, value]) => [name.slice("response-".length), headerText(value)]),
  );
}

function extent(version: Version, slice: Slice): Record<string, string | undefined> {
  const last = slice.end - 1;
  return {
    "content-length": String(slice.end - slice.start),
    "content-range":
      slice.partial && slice.end > slice.start
        ? `bytes ${slice.start}-${last}/${version.size}`
        : undefined,
    "x-amz-mp-parts-count":
      slice.part !== undefined && version.multipart ? String(version.segments.length) : undefined,
  };
}

/** A checksum fits what is sent only when that is the whole object, or one part. */
function checksums(call: Call, version: Version, slice: Slice): Record<string, string | undefined> {
  const asked = call.header("x-amz-checksum-mode")?.toUpperCase() === "ENABLED";
  const { checksum } = version;
  const whole = slice.end - slice.start === version.size;
  if (!asked || !checksum || (!whole && slice.part === undefined)) return {};
  const part = slice.part === undefined ? undefined : version.segments[slice.part]?.checksum;
  const value = version.multipart && part !== undefined ? part : checksum.value;
  return { [checksumHeader(checksum.algorithm)]: value, "x-amz-checksum-type": checksum.type };
}
