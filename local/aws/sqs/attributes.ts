import { AwsError } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import { SETTABLE_ATTRIBUTES, SqsError, type SqsStore, validateQueueAttributes } from "./fauxqs.ts";

export type Attributes = Record<string, string>;

/** Attributes that only a new queue may be given. */
const AT_CREATION = new Set(["FifoQueue", "DeduplicationScope", "FifoThroughputLimit"]);

/** What a dead-letter configuration says, as its JSON text. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** Refuses what SQS refuses of a queue's attributes. @throws AwsError */
export function checkAttributes(
  arn: string,
  attributes: Attributes,
  store: SqsStore,
  identity: Identity,
  moment: "creating" | "changing",
): void {
  for (const name of Object.keys(attributes)) {
    const settable = SETTABLE_ATTRIBUTES.has(name) && name !== "FifoQueue";
    if (!settable && !(moment === "creating" && AT_CREATION.has(name)))
      throw new AwsError("InvalidAttributeName", 400, `Unknown Attribute ${name}.`);
  }
  validateQueueAttributes(attributes, SqsError);
  if (attributes["RedrivePolicy"]) checkRedrive(arn, attributes["RedrivePolicy"], store);
  if (attributes["RedriveAllowPolicy"]) checkAllow(attributes["RedriveAllowPolicy"]);
  if (attributes["Policy"]) checkPolicy(attributes["Policy"], identity);
}

function checkPolicy(text: string, identity: Identity): void {
  try {
    identity.parse(text, "resource");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AwsError(
      "InvalidAttributeValue",
      400,
      `Invalid value for the parameter Policy. Reason: ${why}`,
    );
  }
}

function checkRedrive(arn: string, text: string, store: SqsStore): void {
  const refuse = (reason: string) =>
    new AwsError(
      "InvalidParameterValue",
      400,
      `Value ${text} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
    );
  const policy = readRedrive(text);
  if (policy === undefined)
    throw refuse("Redrive policy is not a valid JSON map with deadLetterTargetArn.");
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  if (!Number.isInteger(maxReceiveCount) || maxReceiveCount < 1 || maxReceiveCount > 1000)
    throw refuse("Invalid value for maxReceiveCount: it must be from 1 to 1000.");
  const target = store.getQueueByArn(deadLetterTargetArn);
  if (target === undefined) throw refuse("Dead letter target does not exist.");
  if (!admits(target.attributes["RedriveAllowPolicy"], arn))
    throw refuse("The dead-letter queue's redrive allow policy does not allow this queue.");
}

/** Whether a dead-letter queue's RedriveAllowPolicy lets a queue use it. */
function admits(text: string | undefined, sourceArn: string): boolean {
  if (!text) return true;
  const policy = JSON.parse(text) as { redrivePermission?: string; sourceQueueArns?: string[] };
  if (policy.redrivePermission === "denyAll") return false;
  return (
    policy.redrivePermission !== "byQueue" || (policy.sourceQueueArns ?? []).includes(sourceArn)
  );
}

/** @throws AwsError InvalidAttributeValue */
function checkAllow(text: string): void {
  const allowed = /"redrivePermission"\s*:\s*"(allowAll|denyAll|byQueue)"/;
  try {
    JSON.parse(text);
    if (allowed.test(text)) return;
  } catch {
    // Said below.
  }
  throw new AwsError(
    "InvalidAttributeValue",
    400,
    "Invalid value for the parameter RedriveAllowPolicy.",
  );
}

/** Reads a redrive policy; undefined when it is none. Numbers may come as text, as AWS accepts. */
export function readRedrive(text: string | undefined): RedrivePolicy | undefined {
  if (!text) return undefined;
  try {
    const { deadLetterTargetArn: target, maxReceiveCount: count } = JSON.parse(text) as Record<
      string,
      unknown
    >;
    if (typeof target !== "string") return undefined;
    return { deadLetterTargetArn: target, maxReceiveCount: Number(count) };
  } catch {
    return undefined;
  }
}

/** @throws AwsError InvalidParameterValue */
export function checkName(name: string): void {
  const bare = name.endsWith(".fifo") ? name.slice(0, -".fifo".length) : name;
  if (name.length > 80 || !/^[A-Za-z0-9_-]+$/.test(bare))
    throw new AwsError(
      "InvalidParameterValue",
      400,
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
}

/** A FIFO queue's missing attributes; name and attribute must agree. @throws AwsError */
export function withFifoDefaults(name: string, attributes: Attributes): Attributes {
  const named = name.endsWith(".fifo");
  if (!named && attributes["FifoQueue"] !== "true") return attributes;
  if (!named || attributes["FifoQueue"] === "false")
    throw new AwsError(
      "InvalidParameterValue",
      400,
      "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.",
    );
  return {
    ContentBasedDeduplication: "false",
    DeduplicationScope: "queue",
    FifoThroughputLimit: "perQueue",
    ...attributes,
    FifoQueue: "true",
  };
}
