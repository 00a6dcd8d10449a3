import type { PolicyDocument, PolicyStatement } from "../../contract.ts";
import type { Buckets } from "../index/buckets.ts";
import { parseXml, textOf } from "../xml/read.ts";

/** Condition keys that make a statement for everybody one for somebody. Source: "The meaning of public", S3 user guide. */
const NARROWING = new Set(
  [
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:SourceArn",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:SourceOwner",
    "aws:SourceAccount",
    "aws:SourceIp",
    "aws:userid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:DataAccessPointArn",
    "s3:DataAccessPointAccount",
  ].map((key) => key.toLowerCase()),
);

/** Whether a bucket policy is public in the sense of Block Public Access: it allows everybody something. */
export function publicPolicy(policy: PolicyDocument): boolean {
  return statementsOf(policy).some(
    (statement) =>
      statement.Effect === "Allow" && forEverybody(statement.Principal) && !narrowed(statement),
  );
}

/** The policy without what it allows. */
export function denialsOf(policy: PolicyDocument): PolicyDocument {
  return { ...policy, Statement: statementsOf(policy).filter(({ Effect }) => Effect === "Deny") };
}

export function statementsOf(policy: PolicyDocument): readonly PolicyStatement[] {
  return Array.isArray(policy.Statement)
    ? (policy.Statement as readonly PolicyStatement[])
    : [policy.Statement as PolicyStatement];
}

export function restrictsPublicBuckets(buckets: Buckets, bucket: string): boolean {
  return blockSetting(buckets, bucket, "RestrictPublicBuckets");
}

export function blocksPublicPolicy(buckets: Buckets, bucket: string): boolean {
  return blockSetting(buckets, bucket, "BlockPublicPolicy");
}

function blockSetting(buckets: Buckets, bucket: string, name: string): boolean {
  const setting = buckets.setting(bucket, "publicAccessBlock");
  return setting !== undefined && textOf(parseXml(setting), name)?.trim() === "true";
}

function forEverybody(principal: PolicyStatement["Principal"]): boolean {
  if (principal === undefined) return true;
  if (principal === "*") return true;
  return Object.values(principal).some((value) => [value].flat().includes("*"));
}

/** A wildcard in the value leaves it as wide as it was. */
function narrowed(statement: PolicyStatement): boolean {
  return Object.values(statement.Condition ?? {}).some((keys) =>
    Object.entries(keys).some(
      ([key, values]) =>
        NARROWING.has(key.toLowerCase()) &&
        [values].flat().every((value) => !/[*?]/.test(value) && value !== "0.0.0.0/0"),
    ),
  );
}
