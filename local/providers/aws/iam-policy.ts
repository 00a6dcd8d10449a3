import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { optionalText, text } from "../framework/access.ts";
import { stable } from "../framework/compare.ts";
import { policyDocument } from "../framework/documents.ts";
import type { Live } from "../framework/resource-type.ts";
import { policy } from "../framework/rules.ts";
import type { AwsType } from "./aws.ts";
import { syncTags, tagList, tagMap, unlessMissing } from "./clients.ts";
import { iamName, missingEntity } from "./iam.ts";
import { tagsOf } from "./scope.ts";

/** IAM keeps five versions of a managed policy and refuses a sixth. */
const keptVersions = 5;

export function managedPolicy(iam: IAMClient): AwsType {
  return {
    token: "aws:iam/policy:Policy",
    autoname: { property: "name", maxLength: 128 },
    supports: ["name", "path", "description", "policy", "tags"],
    defaults: { path: "/" },
    replaceOn: ["name", "path", "description"],
    documents: { policy: policyDocument },
    rules: { name: iamName(128), policy },
    create: async (inputs) => {
      const answer = await iam.send(
        new CreatePolicyCommand({
          PolicyName: text(inputs, "name"),
          Path: text(inputs, "path"),
          Description: optionalText(inputs, "description"),
          PolicyDocument: text(inputs, "policy"),
          Tags: tagList(tagsOf(inputs)),
        }),
      );
      return answer.Policy?.Arn ?? "";
    },
    settle: async (PolicyArn, inputs, _scope, before) => {
      if (before === undefined) return;
      const PolicyDocument = text(inputs, "policy");
      if (!samePolicy(await documentOf(iam, PolicyArn), PolicyDocument)) {
        await makeRoom(iam, PolicyArn);
        const input = { PolicyArn, PolicyDocument, SetAsDefault: true };
        await iam.send(new CreatePolicyVersionCommand(input));
      }
      const present = tagMap((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags);
      await syncTags(present, tagsOf(inputs), {
        remove: (TagKeys) => iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys })),
        add: (tags) => iam.send(new TagPolicyCommand({ PolicyArn, Tags: tagList(tags) })),
      });
    },
    read: async (PolicyArn): Promise<Live | undefined> => {
      const answer = iam.send(new GetPolicyCommand({ PolicyArn }));
      const found = (await unlessMissing(answer, missingEntity))?.Policy;
      if (found === undefined) return undefined;
      const { Tags } = await iam.send(new ListPolicyTagsCommand({ PolicyArn }));
      return {
        inputs: {
          name: found.PolicyName ?? null,
          path: found.Path ?? null,
          description: found.Description ?? null,
          policy: await documentOf(iam, PolicyArn),
          tags: tagMap(Tags),
        },
        outputs: { arn: PolicyArn, policyId: found.PolicyId ?? null },
      };
    },
    delete: async (PolicyArn) => {
      const answer = iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
      const versions = (await unlessMissing(answer, missingEntity))?.Versions ?? [];
      for (const { VersionId, IsDefaultVersion } of versions) {
        if (IsDefaultVersion === true) continue;
        await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
      }
      await unlessMissing(iam.send(new DeletePolicyCommand({ PolicyArn })), missingEntity);
    },
  };
}

async function documentOf(iam: IAMClient, PolicyArn: string): Promise<string> {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
  const VersionId = Policy?.DefaultVersionId;
  const answer = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
  return decodeURIComponent(answer.PolicyVersion?.Document ?? "");
}

async function makeRoom(iam: IAMClient, PolicyArn: string): Promise<void> {
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  if (Versions.length < keptVersions) return;
  const oldest = Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true).at(-1);
  const VersionId = oldest?.VersionId;
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
}

function samePolicy(a: string, b: string): boolean {
  return stable(policyDocument(JSON.parse(a))) === stable(policyDocument(JSON.parse(b)));
}
