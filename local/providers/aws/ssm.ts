import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  type ParameterTier,
  type ParameterType,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { flag, optionalText, text } from "../framework/access.ts";
import type { Live, Problem } from "../framework/resource-type.ts";
import { name, oneOf } from "../framework/rules.ts";
import type { Props } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { syncTags, tagList, tagMap, unlessMissing } from "./clients.ts";
import { tagsOf } from "./scope.ts";

const missing = "ParameterNotFound";
const ResourceType = "Parameter";

export function ssmTypes(ssm: SSMClient): AwsType[] {
  return [
    {
      token: "aws:ssm/parameter:Parameter",
      autoname: { property: "name", maxLength: 2048 },
      supports: [
        "name",
        "type",
        "value",
        "insecureValue",
        "description",
        "allowedPattern",
        "keyId",
        "tier",
        "dataType",
        "overwrite",
        "tags",
        "region",
      ],
      replaceOn: ["name", "dataType"],
      secrets: ["value"],
      recomputed: ["version"],
      rules: {
        name: name({
          max: 2048,
          form: /^(?!\/?(aws|ssm))[\w./-]+$/i,
          words: 'letters, digits and . - _ /, not beginning with "aws" or "ssm"',
        }),
        type: oneOf("String", "StringList", "SecureString"),
        tier: oneOf("Standard", "Advanced", "Intelligent-Tiering"),
        dataType: oneOf("text"),
      },
      check: valueProblems,
      create: async (inputs) => {
        const Overwrite = flag(inputs, "overwrite");
        await ssm.send(
          new PutParameterCommand({
            ...parameterOf(inputs),
            // SSM takes tags or Overwrite, not both.
            ...(Overwrite ? { Overwrite } : { Tags: tagList(tagsOf(inputs)) }),
          }),
        );
        return text(inputs, "name");
      },
      settle: async (ResourceId, inputs, _scope, before) => {
        if (before !== undefined) {
          await ssm.send(new PutParameterCommand({ ...parameterOf(inputs), Overwrite: true }));
        }
        await syncTags(await tags(ssm, ResourceId), tagsOf(inputs), {
          remove: (TagKeys) =>
            ssm.send(new RemoveTagsFromResourceCommand({ ResourceType, ResourceId, TagKeys })),
          add: (added) =>
            ssm.send(
              new AddTagsToResourceCommand({ ResourceType, ResourceId, Tags: tagList(added) }),
            ),
        });
      },
      read: (id, inputs) => readParameter(ssm, id, inputs),
      delete: async (Name) => {
        await unlessMissing(ssm.send(new DeleteParameterCommand({ Name })), missing);
      },
    },
  ];
}

async function readParameter(
  ssm: SSMClient,
  Name: string,
  inputs: Props,
): Promise<Live | undefined> {
  const answer = ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
  const found = (await unlessMissing(answer, missing))?.Parameter;
  if (found === undefined) return undefined;
  const filter = { Key: "Name", Option: "Equals", Values: [Name] };
  const described = await ssm.send(new DescribeParametersCommand({ ParameterFilters: [filter] }));
  const about = described.Parameters?.[0];
  const valueName = inputs["insecureValue"] === undefined ? "value" : "insecureValue";
  const given = Object.entries({ tier: about?.Tier, keyId: about?.KeyId }).filter(
    ([property]) => property in inputs,
  );
  return {
    inputs: {
      ...Object.fromEntries(given.map(([property, value]) => [property, value ?? null])),
      name: Name,
      type: found.Type ?? null,
      [valueName]: found.Value ?? null,
      description: about?.Description ?? null,
      allowedPattern: about?.AllowedPattern ?? null,
      tags: await tags(ssm, Name),
    },
    outputs: {
      arn: found.ARN ?? null,
      version: found.Version ?? null,
      dataType: found.DataType ?? "text",
      tier: about?.Tier ?? "Standard",
      hasValueWo: false,
    },
  };
}

function parameterOf(inputs: Props) {
  return {
    Name: text(inputs, "name"),
    Value: optionalText(inputs, "value") ?? text(inputs, "insecureValue"),
    Type: text(inputs, "type") as ParameterType,
    Description: optionalText(inputs, "description"),
    AllowedPattern: optionalText(inputs, "allowedPattern"),
    KeyId: optionalText(inputs, "keyId"),
    Tier: optionalText(inputs, "tier") as ParameterTier | undefined,
    DataType: optionalText(inputs, "dataType"),
  };
}

function valueProblems(inputs: Props): Problem[] {
  const given = ["value", "insecureValue"].filter((property) => inputs[property] !== undefined);
  if (given.length !== 1) {
    const reason = 'exactly one of "value", "insecureValue" must be given';
    return [{ property: "value", reason }];
  }
  if (inputs["type"] !== "SecureString" || inputs["insecureValue"] === undefined) return [];
  return [{ property: "insecureValue", reason: 'must not be used with type "SecureString"' }];
}

async function tags(ssm: SSMClient, ResourceId: string): Promise<Record<string, string>> {
  const answer = await ssm.send(new ListTagsForResourceCommand({ ResourceType, ResourceId }));
  return tagMap(answer.TagList);
}
