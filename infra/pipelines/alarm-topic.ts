import * as pulumi from "@pulumi/pulumi";
import { Topic } from "@pulumi/aws/sns/topic.js";
import { TopicPolicy } from "@pulumi/aws/sns/topicPolicy.js";
import { TopicSubscription } from "@pulumi/aws/sns/topicSubscription.js";
import { policy, tlsOnly, type PolicyDocument } from "../aws/policy-document.ts";
import type { Cloud } from "../cloud.ts";
import { pipelineName, type Owner } from "../names.ts";

/** Where a pipeline's alarms go, with a subscription for each address; each must be confirmed by its owner. */
export function alarmTopic(
  owner: Owner,
  cloud: Cloud,
  emails: readonly string[],
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const name = pipelineName(owner, "alarms");
  const topic = new Topic(name, { name }, { parent });
  const admitted = new TopicPolicy(
    name,
    {
      arn: topic.arn,
      policy: topic.arn.apply((arn) => JSON.stringify(alarmTopicPolicy(arn, cloud))),
    },
    { parent: topic },
  );
  for (const email of emails) {
    new TopicSubscription(
      `${name}-${email}`,
      { topic: topic.arn, protocol: "email", endpoint: email },
      { parent: topic },
    );
  }
  return pulumi.all([topic.arn, admitted.id]).apply(([arn]) => arn);
}

/** CloudWatch may publish for this account's alarms. */
export function alarmTopicPolicy(topicArn: string, cloud: Cloud): PolicyDocument {
  return policy(
    {
      Sid: "Alarms",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: {
        StringEquals: { "aws:SourceAccount": cloud.accountId },
        ArnLike: {
          "aws:SourceArn": `arn:${cloud.partition}:cloudwatch:${cloud.region}:${cloud.accountId}:alarm:*`,
        },
      },
    },
    tlsOnly("sns:Publish", topicArn),
  );
}
