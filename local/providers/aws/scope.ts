import { textMap, record, optionalText } from "../framework/access.ts";
import type { Problem } from "../framework/resource-type.ts";
import { ProviderError } from "../wire/errors.ts";
import { isRecord, type Props } from "../wire/values.ts";

/** What a configured AWS provider knows. */
export interface AwsScope {
  readonly region: string;
  readonly accountId: string;
  readonly partition: "aws";
  readonly defaultTags: Readonly<Record<string, string>>;
  /** Aborted when the engine wants no more waiting. */
  readonly cancelled: AbortSignal;
}

export interface AwsPlace {
  readonly region: string;
  readonly accountId: string;
}

/** Settings that would have another account, identity or place answer: the embedded AWS is one account in one region. */
const elsewhere = ["assumeRoles", "assumeRoleWithWebIdentity", "profile", "endpoints", "httpProxy"];

export function configureAws(config: Props, place: AwsPlace, cancelled: AbortSignal): AwsScope {
  for (const name of elsewhere) {
    const value = config[name];
    if (value === undefined || value === null || value === "") continue;
    if (Array.isArray(value) && value.length === 0) continue;
    throw new ProviderError(
      `The embedded AWS is one account with one identity: take out the provider setting "aws:${name}".`,
    );
  }
  const region = optionalText(config, "region") ?? place.region;
  if (region !== place.region) {
    throw new ProviderError(
      `The embedded AWS is in ${place.region}: set "aws:region" to that, got "${region}".`,
    );
  }
  checkAccount(config, place);
  const tags = record(config, "defaultTags");
  const defaultTags = tags === undefined ? {} : textMap(tags, "tags");
  return { ...place, partition: "aws", defaultTags, cancelled };
}

function checkAccount(config: Props, place: AwsPlace): void {
  const allowed = config["allowedAccountIds"];
  if (!Array.isArray(allowed) || allowed.length === 0 || allowed.includes(place.accountId)) return;
  throw new ProviderError(
    `AWS account ID not allowed: ${place.accountId} is not in ${JSON.stringify(allowed)}`,
  );
}

/** The region of a single resource, which provider 7 lets a program set. */
export function regionProblems(inputs: Props, scope: AwsScope): Problem[] {
  const region = inputs["region"] ?? scope.region;
  if (typeof region !== "string" || region === scope.region) return [];
  const reason = `the embedded AWS is in ${scope.region}, got "${region}"`;
  return [{ property: "region", reason }];
}

export function arn(scope: AwsScope, service: string, resource: string): string {
  return `arn:${scope.partition}:${service}:${scope.region}:${scope.accountId}:${resource}`;
}

/** IAM is global: its ARNs name no region. */
export function iamArn(scope: AwsScope, resource: string): string {
  return `arn:${scope.partition}:iam::${scope.accountId}:${resource}`;
}

/** What is on the resource in the cloud: the program's tags over the provider's default ones. */
export function tagsOf(inputs: Props): Record<string, string> {
  return isRecord(inputs["tagsAll"]) ? textMap(inputs, "tagsAll") : textMap(inputs, "tags");
}
