import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { ListedVersion } from "../index/version.ts";
import { canonicalUserId } from "../names.ts";
import { document, optional, tag, wholeSeconds } from "../xml/write.ts";
import { page } from "./page.ts";
import type { Entry, Page } from "./page.ts";
import { endOf, listContext, readListParameters } from "./parameters.ts";
import type { ListParameters } from "./parameters.ts";

/** ListObjects: continues at a key that the client names. */
export function listObjects(call: Call): void {
  const { name } = call.bucket();
  const parameters = readListParameters(call);
  call.allow("s3:ListBucket", call.resource, listContext(parameters));
  const marker = call.query.get("marker") ?? "";
  const found = currentPage(call, parameters, marker);
  const { encode, delimiter } = parameters;
  const next = found.truncated && delimiter !== "" ? lastOf(found) : undefined;
  call.reply({
    xml: document("ListBucketResult", [
      tag("Name", name),
      tag("Prefix", encode(parameters.prefix)),
      tag("Marker", encode(marker)),
      optional("NextMarker", next === undefined ? undefined : encode(next)),
      ...common(parameters, found),
      ...found.entries.map((entry) => renderEntry(call, entry, encode, true)),
    ]),
  });
}

/** ListObjectsV2: continues where an opaque token says. */
export function listObjectsV2(call: Call): void {
  const { name } = call.bucket();
  if (call.query.get("list-type") !== "2") {
    throw s3Error.invalidArgument("Invalid List Type specified in Request", {
      ArgumentName: "list-type",
      ArgumentValue: call.query.get("list-type") ?? "",
    });
  }
  const parameters = readListParameters(call);
  call.allow("s3:ListBucket", call.resource, listContext(parameters));
  const token = call.query.get("continuation-token");
  const startAfter = call.query.get("start-after");
  const found = currentPage(call, parameters, readToken(token) ?? startAfter ?? "");
  const { encode } = parameters;
  const last = found.truncated ? lastOf(found) : undefined;
  const owner = call.query.get("fetch-owner") === "true";
  call.reply({
    xml: document("ListBucketResult", [
      tag("Name", name),
      tag("Prefix", encode(parameters.prefix)),
      optional("ContinuationToken", token),
      optional("NextContinuationToken", last === undefined ? undefined : writeToken(last)),
      optional("StartAfter", startAfter === undefined ? undefined : encode(startAfter)),
      tag("KeyCount", found.entries.length),
      ...common(parameters, found),
      ...found.entries.map((entry) => renderEntry(call, entry, encode, owner)),
    ]),
  });
}

function currentPage(call: Call, parameters: ListParameters, after: string): Page<ListedVersion> {
  const end = endOf(parameters.prefix);
  return page(
    { ...parameters, ...(after === "" ? {} : { after: { key: after } }) },
    (from, limit) => call.store.versions.listCurrent(call.bucketName, from, end, limit),
  );
}

function common(parameters: ListParameters, found: Page<unknown>): (string | undefined)[] {
  const { delimiter, encode } = parameters;
  return [
    tag("MaxKeys", parameters.max),
    optional("Delimiter", delimiter === "" ? undefined : encode(delimiter)),
    optional("EncodingType", parameters.encodingType),
    tag("IsTruncated", found.truncated),
  ];
}

function renderEntry(
  call: Call,
  entry: Entry<ListedVersion>,
  encode: (text: string) => string,
  withOwner: boolean,
): string {
  if (entry.kind === "prefix") return tag("CommonPrefixes", [tag("Prefix", encode(entry.prefix))]);
  const { row } = entry;
  return tag("Contents", [
    tag("Key", encode(row.key)),
    tag("LastModified", wholeSeconds(row.modified)),
    tag("ETag", `"${row.etag}"`),
    optional("ChecksumAlgorithm", row.algorithm),
    optional("ChecksumType", row.checksumType),
    tag("Size", row.size),
    withOwner ? ownerElement(call) : undefined,
    tag("StorageClass", row.storageClass),
  ]);
}

export function ownerElement(call: Call): string {
  return tag("Owner", [tag("ID", canonicalUserId(call.server.accountId))]);
}

/** The last key or common prefix of a page: the next one begins behind it. */
export function lastOf(found: Page<{ readonly key: string }>): string | undefined {
  const last = found.entries.at(-1);
  return last && (last.kind === "prefix" ? last.prefix : last.row.key);
}

function writeToken(last: string): string {
  return Buffer.from(`1${last}`).toString("base64");
}

function readToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const text = Buffer.from(token, "base64").toString("utf8");
  if (text.startsWith("1") && writeToken(text.slice(1)) === token) return text.slice(1);
  throw s3Error.invalidArgument("The continuation token provided is incorrect", {
    ArgumentName: "continuation-token",
  });
}
