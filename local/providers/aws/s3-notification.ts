import { createHash } from "node:crypto";
import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  type Event,
  type NotificationConfiguration,
  type S3Client,
} from "@aws-sdk/client-s3";
import { defined, flag, optionalText, records, text, texts } from "../framework/access.ts";
import { stable } from "../framework/compare.ts";
import type { Props } from "../wire/values.ts";
import type { AwsFunction, AwsType } from "./aws.ts";
import { bucketPart } from "./s3-part.ts";

const kinds = [
  { list: "queues", arn: "queueArn" },
  { list: "topics", arn: "topicArn" },
  { list: "lambdaFunctions", arn: "lambdaFunctionArn" },
] as const;

/** Ids of our own making, for destinations that the program gave none. */
const madeUp = "pulumi-s3-notification-";

export function bucketNotification(s3: S3Client): AwsType {
  const put = (Bucket: string, NotificationConfiguration: NotificationConfiguration) =>
    s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  return bucketPart({
    token: "aws:s3/bucketNotification:BucketNotification",
    supports: ["eventbridge", ...kinds.map(({ list }) => list)],
    defaults: { eventbridge: false },
    sets: kinds.flatMap(({ list }) => [list, `${list}.*.events`]),
    put: (Bucket, inputs) => put(Bucket, configurationOf(inputs)),
    get: async (Bucket) =>
      liveOf(await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))),
    remove: (Bucket) => put(Bucket, {}),
  });
}

/** aws.s3.getBucketNotification: who a bucket reports to already. */
export function notificationLookup(s3: S3Client): AwsFunction {
  return {
    token: "aws:s3/getBucketNotification:getBucketNotification",
    invoke: async (args, scope) => {
      const Bucket = text(args, "bucket");
      const found = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
      const nothing = { queues: [], topics: [], lambdaFunctions: [], eventbridge: false };
      const place = { id: Bucket, bucket: Bucket, region: scope.region };
      return { ...nothing, ...liveOf(found), ...place };
    },
  };
}

function configurationOf(inputs: Props): NotificationConfiguration {
  const of = (list: string, arn: string) =>
    records(inputs, list).map((target) => ({
      ...common(target),
      arn: text(target, arn),
    }));
  return {
    QueueConfigurations: of("queues", "queueArn").map(({ arn, ...rest }) => ({
      ...rest,
      QueueArn: arn,
    })),
    TopicConfigurations: of("topics", "topicArn").map(({ arn, ...rest }) => ({
      ...rest,
      TopicArn: arn,
    })),
    LambdaFunctionConfigurations: of("lambdaFunctions", "lambdaFunctionArn").map(
      ({ arn, ...rest }) => ({ ...rest, LambdaFunctionArn: arn }),
    ),
    ...(flag(inputs, "eventbridge") ? { EventBridgeConfiguration: {} } : {}),
  };
}

function common(target: Props) {
  const rules = (["prefix", "suffix"] as const).flatMap((Name) => {
    const Value = optionalText(target, `filter${Name[0]?.toUpperCase() ?? ""}${Name.slice(1)}`);
    return Value === undefined || Value === "" ? [] : [{ Name, Value }];
  });
  const hash = createHash("sha256").update(stable(target)).digest("hex").slice(0, 20);
  return {
    Id: optionalText(target, "id") ?? madeUp + hash,
    Events: texts(target, "events") as Event[],
    ...(rules.length === 0 ? {} : { Filter: { Key: { FilterRules: rules } } }),
  };
}

interface LiveTarget {
  readonly Id?: string | undefined;
  readonly Events?: readonly string[] | undefined;
  readonly Filter?:
    | {
        readonly Key?:
          | {
              readonly FilterRules?:
                | readonly {
                    readonly Name?: string | undefined;
                    readonly Value?: string | undefined;
                  }[]
                | undefined;
            }
          | undefined;
      }
    | undefined;
}

function liveOf(found: NotificationConfiguration): Props | undefined {
  const queues = (found.QueueConfigurations ?? []).map((one) =>
    liveTarget(one, "queueArn", one.QueueArn),
  );
  const topics = (found.TopicConfigurations ?? []).map((one) =>
    liveTarget(one, "topicArn", one.TopicArn),
  );
  const lambdaFunctions = (found.LambdaFunctionConfigurations ?? []).map((one) =>
    liveTarget(one, "lambdaFunctionArn", one.LambdaFunctionArn),
  );
  const eventbridge = found.EventBridgeConfiguration !== undefined;
  const nothing = queues.length + topics.length + lambdaFunctions.length === 0 && !eventbridge;
  return nothing ? undefined : { queues, topics, lambdaFunctions, eventbridge };
}

function liveTarget(target: LiveTarget, arnName: string, arn: string | undefined): Props {
  const rules = target.Filter?.Key?.FilterRules ?? [];
  const filter = (name: string) => rules.find((rule) => rule.Name?.toLowerCase() === name)?.Value;
  return defined({
    id: target.Id?.startsWith(madeUp) === true ? undefined : target.Id,
    events: [...(target.Events ?? [])],
    filterPrefix: filter("prefix"),
    filterSuffix: filter("suffix"),
    [arnName]: arn,
  });
}
