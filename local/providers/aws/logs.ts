import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  type CloudWatchLogsClient,
} from "@aws-sdk/client-cloudwatch-logs";
import { flag, optionalNumber, text } from "../framework/access.ts";
import type { Live } from "../framework/resource-type.ts";
import { name, oneOf } from "../framework/rules.ts";
import type { AwsType } from "./aws.ts";
import { syncTags, unlessMissing } from "./clients.ts";
import { arn, tagsOf, type AwsScope } from "./scope.ts";

const missing = "ResourceNotFoundException";
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html; 0 is for ever. */
const retentions = [
  0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
  3288, 3653,
];

export function logTypes(logs: CloudWatchLogsClient): AwsType[] {
  return [
    {
      token: "aws:cloudwatch/logGroup:LogGroup",
      autoname: { property: "name", maxLength: 512 },
      supports: ["name", "retentionInDays", "skipDestroy", "logGroupClass", "tags", "region"],
      defaults: { retentionInDays: 0, skipDestroy: false },
      replaceOn: ["name", "logGroupClass"],
      rules: {
        name: name({ max: 512, form: /^[\w./#-]+$/, words: "letters, digits and . / # - _" }),
        retentionInDays: oneOf(...retentions),
        logGroupClass: oneOf("STANDARD"),
      },
      create: async (inputs) => {
        const logGroupName = text(inputs, "name");
        await logs.send(new CreateLogGroupCommand({ logGroupName, tags: tagsOf(inputs) }));
        return logGroupName;
      },
      settle: async (logGroupName, inputs, scope) => {
        const retentionInDays = optionalNumber(inputs, "retentionInDays") ?? 0;
        await (retentionInDays === 0
          ? logs.send(new DeleteRetentionPolicyCommand({ logGroupName }))
          : logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays })));
        const resourceArn = groupArn(scope, logGroupName);
        await syncTags(await tags(logs, resourceArn), tagsOf(inputs), {
          remove: (tagKeys) => logs.send(new UntagResourceCommand({ resourceArn, tagKeys })),
          add: (added) => logs.send(new TagResourceCommand({ resourceArn, tags: added })),
        });
      },
      read: async (logGroupName, _inputs, scope): Promise<Live | undefined> => {
        const command = new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName });
        const { logGroups = [] } = await logs.send(command);
        const found = logGroups.find((group) => group.logGroupName === logGroupName);
        if (found === undefined) return undefined;
        const resourceArn = groupArn(scope, logGroupName);
        return {
          inputs: {
            name: logGroupName,
            retentionInDays: found.retentionInDays ?? 0,
            tags: await tags(logs, resourceArn),
          },
          outputs: { arn: resourceArn, logGroupClass: found.logGroupClass ?? "STANDARD" },
        };
      },
      delete: async (logGroupName, inputs) => {
        if (flag(inputs, "skipDestroy")) return;
        await unlessMissing(logs.send(new DeleteLogGroupCommand({ logGroupName })), missing);
      },
    },
  ];
}

function groupArn(scope: AwsScope, logGroupName: string): string {
  return arn(scope, "logs", `log-group:${logGroupName}`);
}

async function tags(
  logs: CloudWatchLogsClient,
  resourceArn: string,
): Promise<Record<string, string>> {
  const answer = await logs.send(new ListTagsForResourceCommand({ resourceArn }));
  return answer.tags ?? {};
}
