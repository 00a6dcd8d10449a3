import { AwsError } from "../../contract.ts";
import type { PolicyDocument, PolicyStatement } from "../../contract.ts";
import { blocksPublicPolicy, publicPolicy, statementsOf } from "../access/public.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import { bucketArn } from "../names.ts";
import { document, tag } from "../xml/write.ts";

const MAX_POLICY = 20 * 1024;

export function getBucketPolicy(call: Call): void {
  const { name } = call.bucket();
  call.allow("s3:GetBucketPolicy", call.resource);
  call.reply({ text: { type: "application/json", body: keptPolicy(call, name) } });
}

export function getBucketPolicyStatus(call: Call): void {
  const { name } = call.bucket();
  call.allow("s3:GetBucketPolicyStatus", call.resource);
  const isPublic = publicPolicy(JSON.parse(keptPolicy(call, name)) as PolicyDocument);
  call.reply({ xml: document("PolicyStatus", [tag("IsPublic", isPublic ? "TRUE" : "FALSE")]) });
}

export async function putBucketPolicy(call: Call): Promise<void> {
  const { name } = call.bucket();
  call.allow("s3:PutBucketPolicy", call.resource);
  const text = await call.readText();
  const policy = parsePolicy(text, name);
  if (publicPolicy(policy) && blocksPublicPolicy(call.store.buckets, name)) {
    throw s3Error.accessDenied(
      `User: ${call.request.principal.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "${bucketArn(name)}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    );
  }
  call.store.commit(undefined, () => call.store.buckets.putSetting(name, "policy", text));
  call.reply({ status: 204 });
}

export function deleteBucketPolicy(call: Call): void {
  const { name } = call.bucket();
  call.allow("s3:DeleteBucketPolicy", call.resource);
  call.store.commit(undefined, () => call.store.buckets.removeSetting(name, "policy"));
  call.reply({ status: 204 });
}

/**
 * Reads a bucket policy as strictly as S3 does where it matters.
 * @throws MalformedPolicy for bad JSON, missing elements, foreign actions or resources
 */
export function parsePolicy(text: string, bucket: string): PolicyDocument {
  if (Buffer.byteLength(text) > MAX_POLICY) {
    throw s3Error.malformedPolicy("Bucket policies must not exceed 20 KB in size");
  }
  const policy = parseJson(text);
  const statements: readonly (Partial<PolicyStatement> | undefined)[] = statementsOf(policy);
  if (statements[0] === undefined) {
    throw s3Error.malformedPolicy("Missing required field Statement");
  }
  for (const statement of statements) checkStatement(statement ?? {}, bucket);
  return policy;
}

function parseJson(text: string): PolicyDocument {
  try {
    if (text.startsWith("{")) return JSON.parse(text) as PolicyDocument;
  } catch {
    // Told below, like a first byte that is none.
  }
  throw s3Error.malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
}

function checkStatement(statement: Partial<PolicyStatement>, bucket: string): void {
  const { Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource } = statement;
  if (Effect !== "Allow" && Effect !== "Deny") {
    throw s3Error.malformedPolicy(`Invalid effect: ${String(Effect)}`);
  }
  if (Principal === undefined && NotPrincipal === undefined) {
    throw s3Error.malformedPolicy("Missing required field Principal");
  }
  const actions = [Action ?? NotAction ?? []].flat();
  if (actions.length === 0) throw s3Error.malformedPolicy("Missing required field Action");
  if (!actions.every((action) => action === "*" || /^s3:[A-Za-z*?]+$/i.test(action))) {
    throw s3Error.malformedPolicy("Policy has invalid action");
  }
  const resources = [Resource ?? NotResource ?? []].flat();
  if (resources.length === 0) throw s3Error.malformedPolicy("Missing required field Resource");
  if (!resources.every((resource) => within(resource, bucket))) {
    throw s3Error.malformedPolicy("Policy has invalid resource");
  }
}

function within(resource: string, bucket: string): boolean {
  return resource === bucketArn(bucket) || resource.startsWith(`${bucketArn(bucket)}/`);
}

function keptPolicy(call: Call, bucket: string): string {
  const kept = call.store.buckets.setting(bucket, "policy");
  if (kept !== undefined) return kept;
  throw new AwsError("NoSuchBucketPolicy", 404, "The bucket policy does not exist", {
    BucketName: bucket,
  });
}
