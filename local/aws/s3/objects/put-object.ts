import { checkWrite } from "../conditions.ts";
import type { Call } from "../context.ts";
import { checkKey } from "../names.ts";
import { checkAcl } from "./acl.ts";
import { readAttributes, readStorageClass } from "./attributes.ts";
import { commitVersion, confirmation, wholeBody } from "./commit.ts";
import { etagOf } from "./encryption.ts";
import { receive } from "./receive.ts";
import { allowTags, requestTags } from "./tags.ts";

/** PutObject: authorize, weigh the conditions, receive, weigh them again, commit. */
export async function putObject(call: Call): Promise<void> {
  const { name: bucket } = call.bucket();
  checkKey(call.key);
  const attributes = readAttributes(call);
  const storageClass = readStorageClass(call);
  call.allow("s3:PutObject", call.resource, requestTags(attributes.tags));
  allowTags(call, call.resource, attributes.tags);
  checkAcl(call);
  checkWrite(call.header, call.key, call.store.versions.latest(bucket, call.key));
  const received = await receive(call);
  const version = await commitVersion(call, {
    event: "ObjectCreated:Put",
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
  call.reply({ headers: confirmation(call, version) });
}
