import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { ListedVersion } from "../index/version.ts";
import { checkVersionId } from "../objects/find.ts";
import { document, optional, tag, wholeSeconds } from "../xml/write.ts";
import { ownerElement } from "./list-objects.ts";
import { page } from "./page.ts";
import type { Entry, PageRequest } from "./page.ts";
import { endOf, listContext, readListParameters } from "./parameters.ts";

/** ListObjectVersions: every version and delete marker, keys in order, the newest of each first. */
export function listObjectVersions(call: Call): void {
  const { name } = call.bucket();
  const parameters = readListParameters(call);
  call.allow("s3:ListBucketVersions", call.resource, listContext(parameters));
  const keyMarker = call.query.get("key-marker") ?? "";
  const idMarker = call.query.get("version-id-marker") ?? "";
  const after = readMarker(call, keyMarker, idMarker);
  const found = page(
    { ...parameters, ...after },
    (from, limit) => call.store.versions.listAll(name, from, endOf(parameters.prefix), limit),
    (row) => -row.seq,
  );
  const { encode, delimiter } = parameters;
  const last = found.truncated ? found.entries.at(-1) : undefined;
  call.reply({
    xml: document("ListVersionsResult", [
      tag("Name", name),
      tag("Prefix", encode(parameters.prefix)),
      tag("KeyMarker", encode(keyMarker)),
      tag("VersionIdMarker", idMarker),
      last && tag("NextKeyMarker", encode(last.kind === "row" ? last.row.key : last.prefix)),
      last?.kind === "row" ? tag("NextVersionIdMarker", last.row.id) : undefined,
      tag("MaxKeys", parameters.max),
      optional("Delimiter", delimiter === "" ? undefined : encode(delimiter)),
      optional("EncodingType", parameters.encodingType),
      tag("IsTruncated", found.truncated),
      ...found.entries.map((entry) => renderEntry(call, entry, encode)),
    ]),
  });
}

/** After all versions of the marker's key, or after one of them. */
function readMarker(call: Call, key: string, id: string): Pick<PageRequest, "after"> {
  if (id !== "" && key === "") {
    throw s3Error.invalidArgument("A version-id marker cannot be specified without a key marker.", {
      ArgumentName: "version-id-marker",
      ArgumentValue: id,
    });
  }
  if (key === "") return {};
  if (id === "") return { after: { key } };
  const version = call.store.versions.byId(call.bucketName, key, checkVersionId(id));
  // A version that was deleted since: the others of its key were newer or will be seen again by the client's next listing.
  return { after: version ? { key, sub: -version.seq } : { key } };
}

function renderEntry(
  call: Call,
  entry: Entry<ListedVersion>,
  encode: (text: string) => string,
): string {
  if (entry.kind === "prefix") return tag("CommonPrefixes", [tag("Prefix", encode(entry.prefix))]);
  const { row } = entry;
  const named = [
    tag("Key", encode(row.key)),
    tag("VersionId", row.id),
    tag("IsLatest", row.latest),
    tag("LastModified", wholeSeconds(row.modified)),
  ];
  if (row.marker) return tag("DeleteMarker", [...named, ownerElement(call)]);
  return tag("Version", [
    ...named,
    tag("ETag", `"${row.etag}"`),
    optional("ChecksumAlgorithm", row.algorithm),
    optional("ChecksumType", row.checksumType),
    tag("Size", row.size),
    tag("StorageClass", row.storageClass),
    ownerElement(call),
  ]);
}
