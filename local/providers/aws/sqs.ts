import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { flag, text } from "../framework/access.ts";
import { plainDocument, policyDocument } from "../framework/documents.ts";
import type { Live, Problem } from "../framework/resource-type.ts";
import { between, json, oneOf, policy } from "../framework/rules.ts";
import { isUnknown, type Props, type Value } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { syncTags, unlessMissing } from "./clients.ts";
import { tagsOf } from "./scope.ts";

/** Schema property to queue attribute, and how the attribute's text becomes a value. */
const attributes: Readonly<Record<string, readonly [string, "text" | "number" | "flag"]>> = {
  contentBasedDeduplication: ["ContentBasedDeduplication", "flag"],
  deduplicationScope: ["DeduplicationScope", "text"],
  delaySeconds: ["DelaySeconds", "number"],
  fifoThroughputLimit: ["FifoThroughputLimit", "text"],
  kmsDataKeyReusePeriodSeconds: ["KmsDataKeyReusePeriodSeconds", "number"],
  kmsMasterKeyId: ["KmsMasterKeyId", "text"],
  maxMessageSize: ["MaximumMessageSize", "number"],
  messageRetentionSeconds: ["MessageRetentionPeriod", "number"],
  policy: ["Policy", "text"],
  receiveWaitTimeSeconds: ["ReceiveMessageWaitTimeSeconds", "number"],
  redriveAllowPolicy: ["RedriveAllowPolicy", "text"],
  redrivePolicy: ["RedrivePolicy", "text"],
  sqsManagedSseEnabled: ["SqsManagedSseEnabled", "flag"],
  visibilityTimeoutSeconds: ["VisibilityTimeout", "number"],
};

const missing = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];

export function sqsTypes(sqs: SQSClient): AwsType[] {
  return [
    queue(sqs),
    attributeOf(sqs, "aws:sqs/queuePolicy:QueuePolicy", "policy"),
    attributeOf(sqs, "aws:sqs/redrivePolicy:RedrivePolicy", "redrivePolicy"),
    attributeOf(sqs, "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "redriveAllowPolicy"),
  ];
}

function queue(sqs: SQSClient): AwsType {
  return {
    token: "aws:sqs/queue:Queue",
    autoname: {
      property: "name",
      maxLength: 80,
      suffix: (inputs) => (inputs["fifoQueue"] === true ? ".fifo" : ""),
    },
    supports: ["name", "fifoQueue", "tags", "region", ...Object.keys(attributes)],
    defaults: {
      delaySeconds: 0,
      messageRetentionSeconds: 345_600,
      receiveWaitTimeSeconds: 0,
      visibilityTimeoutSeconds: 30,
    },
    replaceOn: ["name", "fifoQueue"],
    documents: {
      policy: policyDocument,
      redrivePolicy: redriveDocument,
      redriveAllowPolicy: plainDocument,
    },
    rules: {
      delaySeconds: between(0, 900),
      maxMessageSize: between(1024, 1_048_576),
      messageRetentionSeconds: between(60, 1_209_600),
      receiveWaitTimeSeconds: between(0, 20),
      visibilityTimeoutSeconds: between(0, 43_200),
      kmsDataKeyReusePeriodSeconds: between(60, 86_400),
      deduplicationScope: oneOf("messageGroup", "queue"),
      fifoThroughputLimit: oneOf("perQueue", "perMessageGroupId"),
      policy,
      redrivePolicy: json,
      redriveAllowPolicy: json,
    },
    check: queueProblems,
    create: async (inputs) => {
      const answer = await sqs.send(
        new CreateQueueCommand({
          QueueName: text(inputs, "name"),
          Attributes: {
            ...attributesOf(inputs, inputs),
            ...(flag(inputs, "fifoQueue") ? { FifoQueue: "true" } : {}),
          },
          tags: tagsOf(inputs),
        }),
      );
      return answer.QueueUrl ?? "";
    },
    settle: async (QueueUrl, inputs, _scope, before) => {
      if (before === undefined) return;
      const Attributes = attributesOf(inputs, { ...before, ...inputs });
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
      const { Tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
      await syncTags(Tags, tagsOf(inputs), {
        remove: (TagKeys) => sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys })),
        add: (added) => sqs.send(new TagQueueCommand({ QueueUrl, Tags: added })),
      });
    },
    read: (QueueUrl, inputs) => readQueue(sqs, QueueUrl, inputs),
    delete: async (QueueUrl) => {
      await unlessMissing(sqs.send(new DeleteQueueCommand({ QueueUrl })), ...missing);
    },
  };
}

async function readQueue(
  sqs: SQSClient,
  QueueUrl: string,
  inputs: Props,
): Promise<Live | undefined> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
  const answer = await unlessMissing(sqs.send(command), ...missing);
  const found: Record<string, string> | undefined = answer?.Attributes;
  if (found === undefined) return undefined;
  const { Tags = {} } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
  const arn = found["QueueArn"] ?? "";
  const live = Object.entries(attributes).map(([property, [name, kind]]) => {
    const value = found[name];
    return [property, value === undefined || value === "" ? null : parse(value, kind)] as const;
  });
  // What the program left to SQS, or to a QueuePolicy and the like, is not this resource's to compare.
  const own = live.filter(([property]) => property in inputs);
  const left = live.filter(([property]) => !(property in inputs) && !/olicy$/.test(property));
  return {
    inputs: {
      ...Object.fromEntries(own),
      name: arn.slice(arn.lastIndexOf(":") + 1),
      fifoQueue: found["FifoQueue"] === "true",
      tags: { ...Tags },
    },
    outputs: { ...Object.fromEntries(left), arn, url: QueueUrl },
  };
}

function parse(value: string, kind: "text" | "number" | "flag"): Value {
  if (kind === "number") return Number(value);
  return kind === "flag" ? value === "true" : value;
}

/** Attributes for the properties of `named`; one that `inputs` no longer has is set to nothing. */
function attributesOf(inputs: Props, named: Props): Record<string, string> {
  const entries = Object.entries(attributes).flatMap(([property, [name, kind]]) => {
    if (named[property] === undefined) return [];
    const value =
      inputs[property] ?? (kind === "flag" ? false : kind === "number" ? undefined : "");
    return value === undefined ? [] : [[name, shown(value)] as const];
  });
  return Object.fromEntries(entries);
}

function shown(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function queueProblems(inputs: Props): Problem[] {
  const problems: Problem[] = [];
  const { name } = inputs;
  const fifo = inputs["fifoQueue"] === true;
  if (typeof name === "string") {
    const form = fifo ? /^[\w-]{1,75}\.fifo$/ : /^[\w-]{1,80}$/;
    if (!form.test(name)) {
      const words = fifo
        ? 'up to 80 letters, digits, hyphens and underscores, ending in ".fifo"'
        : "up to 80 letters, digits, hyphens and underscores";
      problems.push({ property: "name", reason: `expected ${words}, got "${name}"` });
    }
  }
  if (!fifo && inputs["contentBasedDeduplication"] === true) {
    const reason = "content-based deduplication can only be set for FIFO queue";
    problems.push({ property: "contentBasedDeduplication", reason });
  }
  if (inputs["kmsMasterKeyId"] !== undefined && inputs["sqsManagedSseEnabled"] === true) {
    problems.push({ property: "sqsManagedSseEnabled", reason: 'conflicts with "kmsMasterKeyId"' });
  }
  return [...problems, ...redriveProblems(inputs["redrivePolicy"])];
}

function redriveProblems(value: Value | undefined): Problem[] {
  if (typeof value !== "string" || value === "" || isUnknown(value)) return [];
  const policyOf = JSON.parse(value) as Record<string, unknown>;
  const count = Number(policyOf["maxReceiveCount"]);
  if (policyOf["deadLetterTargetArn"] !== undefined && count >= 1 && count <= 1000) return [];
  const reason = `expected a deadLetterTargetArn and a maxReceiveCount from 1 to 1000, got ${value}`;
  return [{ property: "redrivePolicy", reason }];
}

/** SQS answers the count as a number, whichever way it was given. */
function redriveDocument(document: unknown): unknown {
  const { maxReceiveCount, ...rest } = document as Record<string, unknown>;
  return { ...rest, maxReceiveCount: Number(maxReceiveCount) };
}

/** A single attribute of a queue as a resource of its own; its id is the queue's URL. */
function attributeOf(
  sqs: SQSClient,
  token: string,
  property: "policy" | "redrivePolicy" | "redriveAllowPolicy",
): AwsType {
  const name = attributes[property]?.[0] ?? "";
  const canonical = {
    policy: policyDocument,
    redrivePolicy: redriveDocument,
    redriveAllowPolicy: plainDocument,
  }[property];
  const put = (QueueUrl: string, value: string) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { [name]: value } }));
  return {
    token,
    replaceOn: ["queueUrl"],
    documents: { [property]: canonical },
    rules: { [property]: property === "policy" ? policy : json },
    create: async (inputs) => {
      const id = text(inputs, "queueUrl");
      await put(id, text(inputs, property));
      return id;
    },
    settle: async (id, inputs, _scope, before) => {
      if (before !== undefined) await put(id, text(inputs, property));
    },
    read: async (QueueUrl): Promise<Live | undefined> => {
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
      const answer = await unlessMissing(sqs.send(command), ...missing);
      const found: Record<string, string> = answer?.Attributes ?? {};
      const value = found[name];
      if (value === undefined || value === "") return undefined;
      return { inputs: { queueUrl: QueueUrl, [property]: value }, outputs: {} };
    },
    delete: async (id) => {
      await unlessMissing(put(id, ""), ...missing);
    },
  };
}
