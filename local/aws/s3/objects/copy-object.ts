import { readAlgorithm } from "../checksums/declared.ts";
import { checksumElement } from "../checksums/algorithm.ts";
import { checkWrite } from "../conditions.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Attributes, Version } from "../index/version.ts";
import { checkKey, objectArn } from "../names.ts";
import { document, tag, wholeSeconds } from "../xml/write.ts";
import { checkAcl } from "./acl.ts";
import { readDescription, readStorageClass } from "./attributes.ts";
import { commitVersion, confirmation, wholeBody } from "./commit.ts";
import { findCopySource } from "./copy-source.ts";
import { encryptionOf, etagOf, uploadKeyOf } from "./encryption.ts";
import { shownVersionId } from "./find.ts";
import { MAX_UPLOAD, receiveCopy } from "./receive.ts";
import { allowTags, existingTags, readTagHeader, requestTags } from "./tags.ts";

const REDIRECT = "x-amz-website-redirect-location";

/** CopyObject: a new object with the source's bytes, and its description and tags unless they are replaced. */
export async function copyObject(call: Call): Promise<void> {
  const { name: bucket } = call.bucket();
  checkKey(call.key);
  const { ref, version: source } = findCopySource(call);
  const attributes = copiedAttributes(call, source);
  const storageClass = readStorageClass(call);
  call.allow("s3:PutObject", call.resource, requestTags(attributes.tags));
  allowTags(call, call.resource, attributes.tags);
  checkAcl(call);
  if (ref.versionId === undefined) checkNotItself(call, source);
  if (source.size > MAX_UPLOAD) {
    throw s3Error.invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_UPLOAD}`,
    );
  }
  const asked = call.header("x-amz-checksum-algorithm");
  const algorithm = asked ? readAlgorithm(asked) : (source.checksum?.algorithm ?? "CRC64NVME");
  checkWrite(call.header, call.key, call.store.versions.latest(bucket, call.key));
  const received = await receiveCopy(call, call.store.read(source, 0, source.size), algorithm);
  const version = await commitVersion(call, {
    event: "ObjectCreated:Copy",
    staged: received.staged,
    check: (current) => {
      call.bucket();
      checkWrite(call.header, call.key, current);
    },
    version: {
      bucket,
      key: call.key,
      etag: etagOf(attributes, received.md5),
      storageClass,
      attributes,
      ...wholeBody(received),
    },
  });
  answer(call, source, version);
}

function answer(call: Call, source: Version, version: Version): void {
  const { etag, ...headers } = confirmation(call, version);
  const { checksum } = version;
  call.reply({
    headers: {
      ...headers,
      "x-amz-copy-source-version-id": shownVersionId(call, source.bucket, source.id),
    },
    xml: document("CopyObjectResult", [
      tag("LastModified", wholeSeconds(version.modified)),
      tag("ETag", etag),
      checksum && tag(checksumElement(checksum.algorithm), checksum.value),
      checksum && tag("ChecksumType", checksum.type),
    ]),
  });
}

function copiedAttributes(call: Call, source: Version): Attributes {
  const replaced = directive(call, "x-amz-metadata-directive") === "REPLACE";
  const customerKeyMd5 = uploadKeyOf(call);
  const { headers, metadata } = replaced ? readDescription(call) : copiedDescription(call, source);
  return {
    headers,
    metadata,
    tags: copiedTags(call, source),
    encryption: encryptionOf(call),
    ...(customerKeyMd5 === undefined ? {} : { customerKeyMd5 }),
  };
}

/** The website redirect is the one header that a copy never inherits. */
function copiedDescription(call: Call, source: Version): Pick<Attributes, "headers" | "metadata"> {
  const kept = Object.entries(source.attributes.headers).filter(([name]) => name !== REDIRECT);
  const headers = Object.fromEntries(kept);
  const redirect = call.header(REDIRECT);
  return {
    headers: redirect === undefined ? headers : { ...headers, [REDIRECT]: redirect },
    metadata: source.attributes.metadata,
  };
}

function copiedTags(call: Call, source: Version): Attributes["tags"] {
  if (directive(call, "x-amz-tagging-directive") === "REPLACE") {
    return readTagHeader(call.header("x-amz-tagging"));
  }
  if (Object.keys(source.attributes.tags).length > 0) {
    call.allow("s3:GetObjectTagging", objectArn(source.bucket, source.key), existingTags(source));
  }
  return source.attributes.tags;
}

function directive(call: Call, name: string): "COPY" | "REPLACE" {
  const value = call.header(name) ?? "COPY";
  if (value === "COPY" || value === "REPLACE") return value;
  throw s3Error.invalidArgument(
    `Unknown ${name === "x-amz-tagging-directive" ? "tagging" : "metadata"} directive.`,
    {
      ArgumentName: name,
      ArgumentValue: value,
    },
  );
}

/** A copy onto itself must change something. */
function checkNotItself(call: Call, source: Version): void {
  const changes = [
    "x-amz-storage-class",
    "x-amz-server-side-encryption",
    REDIRECT,
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-checksum-algorithm",
  ];
  const same = source.bucket === call.bucketName && source.key === call.key;
  const replaces = directive(call, "x-amz-metadata-directive") === "REPLACE";
  if (!same || replaces || changes.some((name) => call.header(name) !== undefined)) return;
  throw s3Error.invalidRequest(
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}
