import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
  type SNSClient,
} from "@aws-sdk/client-sns";
import { defined, optionalText, text } from "../framework/access.ts";
import { plainDocument, policyDocument } from "../framework/documents.ts";
import type { Live } from "../framework/resource-type.ts";
import { json, name, oneOf, policy } from "../framework/rules.ts";
import type { Props, Value } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { syncTags, tagList, tagMap, unlessMissing } from "./clients.ts";
import { tagsOf, type AwsScope } from "./scope.ts";

const missing = ["NotFoundException", "NotFound", "ResourceNotFoundException"];

export function snsTypes(sns: SNSClient): AwsType[] {
  return [topic(sns), topicPolicy(sns), subscription(sns)];
}

const topicAttributes: Readonly<Record<string, string>> = {
  displayName: "DisplayName",
  deliveryPolicy: "DeliveryPolicy",
  kmsMasterKeyId: "KmsMasterKeyId",
  policy: "Policy",
};

function topic(sns: SNSClient): AwsType {
  return {
    token: "aws:sns/topic:Topic",
    autoname: { property: "name", maxLength: 256 },
    supports: ["name", "tags", "region", ...Object.keys(topicAttributes)],
    replaceOn: ["name"],
    documents: { policy: policyDocument, deliveryPolicy: plainDocument },
    rules: {
      name: name({ max: 256, form: /^[\w-]+$/, words: "letters, digits, hyphens and underscores" }),
      policy,
      deliveryPolicy: json,
    },
    create: async (inputs) => {
      const Tags = tagList(tagsOf(inputs));
      const command = new CreateTopicCommand({ Name: text(inputs, "name"), Tags });
      return (await sns.send(command)).TopicArn ?? "";
    },
    settle: async (TopicArn, inputs, _scope, before) => {
      for (const [property, AttributeName] of Object.entries(topicAttributes)) {
        if (inputs[property] === undefined && before?.[property] === undefined) continue;
        const AttributeValue = optionalText(inputs, property) ?? "";
        const input = { TopicArn, AttributeName, AttributeValue };
        await sns.send(new SetTopicAttributesCommand(input));
      }
      const present = await tagsOfTopic(sns, TopicArn);
      await syncTags(present, tagsOf(inputs), {
        remove: (TagKeys) => sns.send(new UntagResourceCommand({ ResourceArn: TopicArn, TagKeys })),
        add: (tags) =>
          sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: tagList(tags) })),
      });
    },
    read: async (TopicArn, inputs, scope): Promise<Live | undefined> => {
      const found = await attributesOf(sns, TopicArn);
      if (found === undefined) return undefined;
      const given = Object.entries(topicAttributes).filter(([property]) => property in inputs);
      const live = given.map(([property, attribute]): [string, Value] => [
        property,
        found[attribute] ?? null,
      ]);
      return {
        inputs: {
          ...Object.fromEntries(live),
          name: TopicArn.slice(TopicArn.lastIndexOf(":") + 1),
          tags: await tagsOfTopic(sns, TopicArn),
        },
        outputs: { arn: TopicArn, owner: scope.accountId, fifoTopic: false },
      };
    },
    delete: async (TopicArn) => {
      await unlessMissing(sns.send(new DeleteTopicCommand({ TopicArn })), ...missing);
    },
  };
}

async function attributesOf(
  sns: SNSClient,
  TopicArn: string,
): Promise<Record<string, string> | undefined> {
  const answer = sns.send(new GetTopicAttributesCommand({ TopicArn }));
  return (await unlessMissing(answer, ...missing))?.Attributes;
}

async function tagsOfTopic(sns: SNSClient, ResourceArn: string): Promise<Record<string, string>> {
  return tagMap((await sns.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags);
}

function topicPolicy(sns: SNSClient): AwsType {
  const put = (TopicArn: string, AttributeValue: string) =>
    sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }));
  return {
    token: "aws:sns/topicPolicy:TopicPolicy",
    replaceOn: ["arn"],
    documents: { policy: policyDocument },
    rules: { policy },
    create: async (inputs) => {
      const id = text(inputs, "arn");
      await put(id, text(inputs, "policy"));
      return id;
    },
    settle: async (id, inputs, _scope, before) => {
      if (before !== undefined) await put(id, text(inputs, "policy"));
    },
    read: async (id, _inputs, scope): Promise<Live | undefined> => {
      const value = (await attributesOf(sns, id))?.["Policy"];
      if (value === undefined) return undefined;
      return { inputs: { arn: id, policy: value }, outputs: { owner: scope.accountId } };
    },
    // A topic is never without a policy: what is left is the one that SNS gives every new topic.
    delete: async (id, _inputs, scope) => {
      await unlessMissing(put(id, ownersOnly(id, scope)), ...missing);
    },
  };
}

function ownersOnly(topicArn: string, scope: AwsScope): string {
  const actions = ["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission"];
  const more = ["DeleteTopic", "Subscribe", "ListSubscriptionsByTopic", "Publish"];
  return JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [...actions, ...more].map((action) => `SNS:${action}`),
        Resource: topicArn,
        Condition: { StringEquals: { "AWS:SourceOwner": scope.accountId } },
      },
    ],
  });
}

const subscriptionAttributes: Readonly<Record<string, string>> = {
  deliveryPolicy: "DeliveryPolicy",
  filterPolicy: "FilterPolicy",
  filterPolicyScope: "FilterPolicyScope",
  rawMessageDelivery: "RawMessageDelivery",
  redrivePolicy: "RedrivePolicy",
};

function subscription(sns: SNSClient): AwsType {
  return {
    token: "aws:sns/topicSubscription:TopicSubscription",
    supports: [
      "topic",
      "protocol",
      "endpoint",
      "confirmationTimeoutInMinutes",
      "endpointAutoConfirms",
      "region",
      ...Object.keys(subscriptionAttributes),
    ],
    defaults: {
      confirmationTimeoutInMinutes: 1,
      endpointAutoConfirms: false,
      rawMessageDelivery: false,
    },
    replaceOn: ["topic", "protocol", "endpoint"],
    documents: {
      deliveryPolicy: plainDocument,
      filterPolicy: plainDocument,
      redrivePolicy: plainDocument,
    },
    rules: {
      protocol: oneOf(
        "application",
        "email",
        "email-json",
        "firehose",
        "http",
        "https",
        "lambda",
        "sms",
        "sqs",
      ),
      filterPolicy: json,
      redrivePolicy: json,
      deliveryPolicy: json,
    },
    create: async (inputs) => {
      const answer = await sns.send(
        new SubscribeCommand({
          TopicArn: text(inputs, "topic"),
          Protocol: text(inputs, "protocol"),
          Endpoint: text(inputs, "endpoint"),
          Attributes: attributesFor(inputs),
          ReturnSubscriptionArn: true,
        }),
      );
      return answer.SubscriptionArn ?? "";
    },
    settle: async (SubscriptionArn, inputs, _scope, before) => {
      if (before === undefined) return;
      const wanted = attributesFor(inputs);
      for (const name of Object.keys({ ...attributesFor(before), ...wanted })) {
        const AttributeValue = wanted[name] ?? (name === "FilterPolicy" ? "{}" : "");
        const input = { SubscriptionArn, AttributeName: name, AttributeValue };
        await sns.send(new SetSubscriptionAttributesCommand(input));
      }
    },
    read: (id, inputs) => readSubscription(sns, id, inputs),
    delete: async (SubscriptionArn) => {
      await unlessMissing(sns.send(new UnsubscribeCommand({ SubscriptionArn })), ...missing);
    },
  };
}

async function readSubscription(
  sns: SNSClient,
  SubscriptionArn: string,
  inputs: Props,
): Promise<Live | undefined> {
  const command = new GetSubscriptionAttributesCommand({ SubscriptionArn });
  const found = (await unlessMissing(sns.send(command), ...missing))?.Attributes;
  if (found === undefined) return undefined;
  const given = Object.entries(subscriptionAttributes).filter(([property]) => property in inputs);
  const live = given.map(([property, attribute]): [string, Value] => {
    const value = found[attribute];
    return [property, property === "rawMessageDelivery" ? value === "true" : (value ?? null)];
  });
  return {
    inputs: defined({
      ...Object.fromEntries(live),
      topic: found["TopicArn"],
      protocol: found["Protocol"],
      endpoint: found["Endpoint"],
    }),
    outputs: defined({
      arn: SubscriptionArn,
      ownerId: found["Owner"],
      pendingConfirmation: found["PendingConfirmation"] === "true",
      confirmationWasAuthenticated: found["ConfirmationWasAuthenticated"] === "true",
    }),
  };
}

function attributesFor(inputs: Props): Record<string, string> {
  const entries = Object.entries(subscriptionAttributes).flatMap(([property, attribute]) => {
    const value = inputs[property];
    if (value === undefined || value === null) return [];
    return [[attribute, typeof value === "string" ? value : JSON.stringify(value)] as const];
  });
  return Object.fromEntries(entries);
}
