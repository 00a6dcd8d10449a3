import { AwsError } from "../../contract.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import { ownerElement } from "../listing/list-objects.ts";
import { readMax } from "../listing/parameters.ts";
import { isBucketName } from "../names.ts";
import { parseDocument } from "../xml/document.ts";
import { textOf } from "../xml/read.ts";
import { document, optional, tag, wholeSeconds } from "../xml/write.ts";

const OWNERSHIP = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];

/** ListBuckets, in pages where the client asks for them. */
export function listBuckets(call: Call): void {
  call.allow("s3:ListAllMyBuckets", "arn:aws:s3:::*");
  const prefix = call.query.get("prefix") ?? "";
  const after = Buffer.from(call.query.get("continuation-token") ?? "", "base64").toString();
  const paged = call.query.has("max-buckets");
  const max = paged ? readMax(call.query.get("max-buckets"), "max-buckets") : Infinity;
  const all = call.store.buckets
    .all()
    .filter(({ name }) => name.startsWith(prefix) && name > after);
  const shown = all.slice(0, max);
  const last = all.length > shown.length ? shown.at(-1)?.name : undefined;
  call.reply({
    xml: document("ListAllMyBucketsResult", [
      ownerElement(call),
      tag(
        "Buckets",
        shown.map(({ name, created }) =>
          tag("Bucket", [
            tag("Name", name),
            tag("CreationDate", wholeSeconds(created)),
            tag("BucketRegion", call.server.region),
          ]),
        ),
      ),
      optional("Prefix", prefix === "" ? undefined : prefix),
      optional("ContinuationToken", last && Buffer.from(last).toString("base64")),
    ]),
  });
}

/** CreateBucket: private, owned by its owner, encrypted, as S3 makes buckets since April 2023. */
export async function createBucket(call: Call): Promise<void> {
  const name = call.bucketName;
  if (!isBucketName(name)) throw s3Error.invalidBucketName(name);
  call.allow("s3:CreateBucket", call.resource);
  checkLocation(await call.readText(), call.server.region);
  const ownership = call.header("x-amz-object-ownership") ?? "BucketOwnerEnforced";
  if (!OWNERSHIP.includes(ownership)) {
    throw s3Error.invalidArgument(`Invalid x-amz-object-ownership header: ${ownership}`);
  }
  checkBucketAcl(call.header("x-amz-acl"), ownership);
  if (call.store.buckets.find(name)) throw s3Error.bucketAlreadyOwnedByYou(name);
  const objectLock = call.header("x-amz-bucket-object-lock-enabled")?.toLowerCase() === "true";
  const { buckets } = call.store;
  call.store.commit(undefined, () => {
    buckets.put({
      name,
      created: call.server.now().getTime(),
      versioning: objectLock ? "Enabled" : "Unversioned",
      objectLock,
    });
    buckets.putSetting(name, "publicAccessBlock", BLOCK_ALL);
    buckets.putSetting(
      name,
      "ownershipControls",
      tag("OwnershipControls", [tag("Rule", [tag("ObjectOwnership", ownership)])]),
    );
    if (objectLock) buckets.putSetting(name, "object-lock", LOCK_ENABLED);
  });
  call.reply({ headers: { location: `/${name}` } });
}

export function headBucket(call: Call): void {
  call.bucket();
  call.allow("s3:ListBucket", call.resource);
  call.reply({
    headers: {
      "x-amz-bucket-region": call.server.region,
      "x-amz-bucket-arn": call.resource,
      "x-amz-access-point-alias": "false",
    },
  });
}

export function deleteBucket(call: Call): void {
  const { name } = call.bucket();
  call.allow("s3:DeleteBucket", call.resource);
  if (call.store.versions.anyIn(name)) {
    throw call.bucket().versioning === "Unversioned"
      ? s3Error.bucketNotEmpty(name)
      : new AwsError(
          "BucketNotEmpty",
          409,
          "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
          { BucketName: name },
        );
  }
  call.store.commit(undefined, (change) => {
    for (const body of call.store.uploads.removeIn(name)) change.drop([body]);
    call.store.buckets.remove(name);
  });
  call.reply({ status: 204 });
}

/** GetBucketLocation: us-east-1 is shown as nothing. */
export function getBucketLocation(call: Call): void {
  call.bucket();
  call.allow("s3:GetBucketLocation", call.resource);
  const { region } = call.server;
  call.reply({ xml: document("LocationConstraint", region === "us-east-1" ? undefined : region) });
}

const BLOCK_ALL = tag("PublicAccessBlockConfiguration", [
  tag("BlockPublicAcls", true),
  tag("IgnorePublicAcls", true),
  tag("BlockPublicPolicy", true),
  tag("RestrictPublicBuckets", true),
]);

const LOCK_ENABLED = tag("ObjectLockConfiguration", [tag("ObjectLockEnabled", "Enabled")]);

/** A regional endpoint makes buckets of its own region only, and wants it said. */
function checkLocation(xml: string, region: string): void {
  const root = xml.trim() === "" ? undefined : parseDocument(xml, "CreateBucketConfiguration");
  const location = root && textOf(root, "LocationConstraint");
  if ((location ?? "us-east-1") === region) return;
  throw new AwsError(
    "IllegalLocationConstraintException",
    400,
    `The ${location ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

function checkBucketAcl(acl: string | undefined, ownership: string): void {
  if (acl === undefined || acl === "private" || ownership !== "BucketOwnerEnforced") return;
  throw new AwsError(
    "InvalidBucketAclWithObjectOwnership",
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  );
}
