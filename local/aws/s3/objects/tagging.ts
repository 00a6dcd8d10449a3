import type { Call } from "../context.ts";
import { announce } from "../events/announce.ts";
import type { EventName } from "../events/names.ts";
import type { Version } from "../index/version.ts";
import { document } from "../xml/write.ts";
import { findAllowed, refOf, shownVersionId } from "./find.ts";
import { readTagging, renderTagSet, requestTags } from "./tags.ts";
import type { Tags } from "./tags.ts";

export function getObjectTagging(call: Call): void {
  call.bucket();
  const version = findAllowed(call, refOf(call), {
    newest: "s3:GetObjectTagging",
    named: "s3:GetObjectVersionTagging",
  });
  call.reply({
    headers: versionHeader(call, version),
    xml: document("Tagging", [renderTagSet(version.attributes.tags)]),
  });
}

export async function putObjectTagging(call: Call): Promise<void> {
  call.bucket();
  const tags = readTagging(await call.readText(), "object");
  const ref = refOf(call);
  const action = ref.versionId === undefined ? "s3:PutObjectTagging" : "s3:PutObjectVersionTagging";
  call.allow(action, call.resource, requestTags(tags));
  const version = findAllowed(call, ref, {
    newest: "s3:PutObjectTagging",
    named: "s3:PutObjectVersionTagging",
  });
  replaceTags(call, version, tags, "ObjectTagging:Put");
  call.reply({ headers: versionHeader(call, version) });
}

export function deleteObjectTagging(call: Call): void {
  call.bucket();
  const version = findAllowed(call, refOf(call), {
    newest: "s3:DeleteObjectTagging",
    named: "s3:DeleteObjectVersionTagging",
  });
  replaceTags(call, version, {}, "ObjectTagging:Delete");
  call.reply({ status: 204, headers: versionHeader(call, version) });
}

function replaceTags(call: Call, version: Version, tags: Tags, event: EventName): void {
  const changed = { ...version, attributes: { ...version.attributes, tags } };
  call.store.commit(undefined, (change) => {
    call.store.versions.update(changed);
    announce(change, { call, event, version: changed });
  });
}

function versionHeader(call: Call, version: Version): Record<string, string | undefined> {
  return { "x-amz-version-id": shownVersionId(call, version.bucket, version.id) };
}
