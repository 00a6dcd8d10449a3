import { AwsError } from "../../contract.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import { parseDocument } from "../xml/document.ts";
import { textOf } from "../xml/read.ts";
import { document, tag } from "../xml/write.ts";

export function getBucketVersioning(call: Call): void {
  const { versioning } = call.bucket();
  call.allow("s3:GetBucketVersioning", call.resource);
  const content = versioning === "Unversioned" ? undefined : [tag("Status", versioning)];
  call.reply({ xml: document("VersioningConfiguration", content) });
}

export async function putBucketVersioning(call: Call): Promise<void> {
  call.bucket();
  call.allow("s3:PutBucketVersioning", call.resource);
  const root = parseDocument(await call.readText(), "VersioningConfiguration");
  const status = textOf(root, "Status");
  if (status !== "Enabled" && status !== "Suspended") throw s3Error.malformedXml();
  const bucket = call.bucket();
  if (bucket.objectLock && status === "Suspended") {
    throw new AwsError(
      "InvalidBucketState",
      409,
      "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
    );
  }
  call.store.commit(undefined, () => call.store.buckets.put({ ...bucket, versioning: status }));
  call.reply({});
}
