import { createHash } from "node:crypto";
import type { PipelineName, TenantName } from "./spec/names.ts";

/*
 * Every name in the clouds, derived and pure. `--` separates parts and occurs inside none of them (spec/names.ts),
 * so two pairs of tenant and pipeline never share a name; where `--` is not allowed a hash keeps them apart.
 */

/** Whose a resource is. */
export interface Owner {
  readonly environment: string;
  readonly tenant: TenantName;
  readonly pipeline: PipelineName;
}

/** Where it is made. */
export interface Place {
  readonly accountId: string;
  readonly region: string;
}

/** Prefix of every name of an environment, with its separator. */
export function environmentPrefix(environment: string): string {
  return `cw-${environment}--`;
}

/** A name for what a foundation has one of; at most 8 + 5 + the part's length. */
export function foundationName(environment: string, part: string): string {
  return `${environmentPrefix(environment)}${part}`;
}

/** A name for a pipeline's own; `part` of at most 9 letters keeps it within IAM's 64. */
export function pipelineName(owner: Owner, part?: string): string {
  const name = `${environmentPrefix(owner.environment)}${owner.tenant}--${owner.pipeline}`;
  return part === undefined ? name : `${name}--${part}`;
}

/** A bucket name, which must be unique in all of AWS: at most 62 characters. */
export function sourceBucketName(owner: Owner, place: Place): string {
  const name = pipelineName(owner);
  return `${name}-${digest(6, place.accountId, place.region, name)}`;
}

export function ledgerBucketName(environment: string, place: Place): string {
  const name = foundationName(environment, "ledger");
  return `${name}-${digest(6, place.accountId, place.region, name)}`;
}

/** Buckets that the environment's pipelines make, as a policy names them. */
export function ownBuckets(environment: string): string {
  return `${environmentPrefix(environment)}*`;
}

/** Where a pipeline's ledger begins in the ledger bucket. */
export function ledgerPrefix(owner: Owner): string {
  return `ledger/${owner.tenant}/${owner.pipeline}/`;
}

/** A container name. Azure allows no `--`, so a hash keeps `a-b` + `c` apart from `a` + `b-c`: at most 48 characters. */
export function containerName(owner: Owner, target: string): string {
  return `${owner.tenant}-${owner.pipeline}-${digest(6, owner.tenant, owner.pipeline, target)}`;
}

/** A storage account name, unique in all of Azure: at most 22 lower-case letters and digits. */
export function storageAccountName(environment: string, subscriptionId: string): string {
  return `cw${environment.replaceAll("-", "")}${digest(12, subscriptionId, environment)}`;
}

export function resourceGroupName(environment: string): string {
  return `causeway-${environment}`;
}

/** An ECR repository name: path parts, no `--`. */
export function repositoryName(environment: string): string {
  return `causeway/${environment}/worker`;
}

/** Log groups of all of an environment's pipelines begin with it. */
export function logGroupPrefix(environment: string): string {
  return `/causeway/${environment}/`;
}

export function logGroupName(owner: Owner): string {
  return `${logGroupPrefix(owner.environment)}${owner.tenant}/${owner.pipeline}`;
}

export function sasParameterName(owner: Owner, target: string): string {
  return `/causeway/${owner.environment}/${owner.tenant}/${owner.pipeline}/${target}/sas`;
}

const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

/** `length` characters of 5 bits each, from what is joined by a character that occurs in no name. */
function digest(length: number, ...parts: readonly string[]): string {
  const hash = createHash("sha256").update(parts.join("\n")).digest();
  return Array.from(hash.subarray(0, length), (byte) => ALPHABET.charAt(byte % 32)).join("");
}
