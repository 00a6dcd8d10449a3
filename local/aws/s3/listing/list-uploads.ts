import type { Call } from "../context.ts";
import type { Upload } from "../index/uploads.ts";
import { canonicalUserId } from "../names.ts";
import { document, optional, tag, wholeSeconds } from "../xml/write.ts";
import { ownerElement } from "./list-objects.ts";
import { page } from "./page.ts";
import type { Entry } from "./page.ts";
import { endOf, listContext, readListParameters } from "./parameters.ts";

/** ListMultipartUploads: uploads under way, by key and then by when they began. */
export function listMultipartUploads(call: Call): void {
  const { name } = call.bucket();
  const parameters = readListParameters(call, "max-uploads");
  call.allow("s3:ListBucketMultipartUploads", call.resource, listContext(parameters));
  const keyMarker = call.query.get("key-marker") ?? "";
  const idMarker = call.query.get("upload-id-marker") ?? "";
  const after = keyMarker === "" ? {} : { after: { key: keyMarker, ...sub(idMarker) } };
  const found = page(
    { ...parameters, ...after },
    (from, limit) => call.store.uploads.list(name, from, endOf(parameters.prefix), limit),
    (upload) => upload.id,
  );
  const { encode, delimiter } = parameters;
  const last = found.truncated ? found.entries.at(-1) : undefined;
  call.reply({
    xml: document("ListMultipartUploadsResult", [
      tag("Bucket", name),
      tag("KeyMarker", encode(keyMarker)),
      tag("UploadIdMarker", idMarker),
      last && tag("NextKeyMarker", encode(last.kind === "row" ? last.row.key : last.prefix)),
      last?.kind === "row" ? tag("NextUploadIdMarker", last.row.id) : undefined,
      tag("Prefix", encode(parameters.prefix)),
      optional("Delimiter", delimiter === "" ? undefined : encode(delimiter)),
      optional("EncodingType", parameters.encodingType),
      tag("MaxUploads", parameters.max),
      tag("IsTruncated", found.truncated),
      ...found.entries.map((entry) => renderEntry(call, entry, encode)),
    ]),
  });
}

function sub(id: string): { sub?: string } {
  return id === "" ? {} : { sub: id };
}

function renderEntry(call: Call, entry: Entry<Upload>, encode: (text: string) => string): string {
  if (entry.kind === "prefix") return tag("CommonPrefixes", [tag("Prefix", encode(entry.prefix))]);
  const { row } = entry;
  return tag("Upload", [
    tag("Key", encode(row.key)),
    tag("UploadId", row.id),
    tag("Initiator", [tag("ID", row.initiator || canonicalUserId(call.server.accountId))]),
    ownerElement(call),
    tag("StorageClass", row.storageClass),
    tag("Initiated", wholeSeconds(row.initiated)),
    tag("ChecksumAlgorithm", row.algorithm),
    tag("ChecksumType", row.checksumType),
  ]);
}
