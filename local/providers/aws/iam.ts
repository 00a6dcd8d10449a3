import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { flag, optionalNumber, optionalText, text } from "../framework/access.ts";
import { policyDocument } from "../framework/documents.ts";
import type { Live } from "../framework/resource-type.ts";
import { between, name, policy } from "../framework/rules.ts";
import type { Props } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { syncTags, tagList, tagMap, unlessMissing } from "./clients.ts";
import { managedPolicy } from "./iam-policy.ts";
import { tagsOf } from "./scope.ts";

export const missingEntity = "NoSuchEntityException";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export function iamName(max: number) {
  return name({ max, form: /^[\w+=,.@-]+$/, words: "letters, digits and + = , . @ - _" });
}

export function iamTypes(iam: IAMClient): AwsType[] {
  return [role(iam), rolePolicy(iam), attachment(iam), managedPolicy(iam)];
}

function role(iam: IAMClient): AwsType {
  return {
    token: "aws:iam/role:Role",
    autoname: { property: "name", maxLength: 64 },
    supports: [
      "name",
      "path",
      "description",
      "assumeRolePolicy",
      "maxSessionDuration",
      "forceDetachPolicies",
      "tags",
    ],
    defaults: { path: "/", maxSessionDuration: 3600, forceDetachPolicies: false },
    replaceOn: ["name", "path"],
    documents: { assumeRolePolicy: policyDocument },
    rules: {
      name: iamName(64),
      assumeRolePolicy: policy,
      maxSessionDuration: between(3600, 43_200),
    },
    create: async (inputs) => {
      const RoleName = text(inputs, "name");
      await iam.send(
        new CreateRoleCommand({
          RoleName,
          Path: text(inputs, "path"),
          Description: optionalText(inputs, "description"),
          AssumeRolePolicyDocument: text(inputs, "assumeRolePolicy"),
          MaxSessionDuration: optionalNumber(inputs, "maxSessionDuration"),
          Tags: tagList(tagsOf(inputs)),
        }),
      );
      return RoleName;
    },
    settle: async (RoleName, inputs, _scope, before) => {
      if (before === undefined) return;
      const PolicyDocument = text(inputs, "assumeRolePolicy");
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
      await iam.send(
        new UpdateRoleCommand({
          RoleName,
          Description: optionalText(inputs, "description") ?? "",
          MaxSessionDuration: optionalNumber(inputs, "maxSessionDuration"),
        }),
      );
      const present = tagMap((await iam.send(new GetRoleCommand({ RoleName }))).Role?.Tags);
      await syncTags(present, tagsOf(inputs), {
        remove: (TagKeys) => iam.send(new UntagRoleCommand({ RoleName, TagKeys })),
        add: (tags) => iam.send(new TagRoleCommand({ RoleName, Tags: tagList(tags) })),
      });
    },
    read: async (RoleName): Promise<Live | undefined> => {
      const answer = iam.send(new GetRoleCommand({ RoleName }));
      const found = (await unlessMissing(answer, missingEntity))?.Role;
      if (found === undefined) return undefined;
      return {
        inputs: {
          name: RoleName,
          path: found.Path ?? null,
          description: found.Description ?? null,
          assumeRolePolicy: decodeURIComponent(found.AssumeRolePolicyDocument ?? ""),
          maxSessionDuration: found.MaxSessionDuration ?? null,
          tags: tagMap(found.Tags),
        },
        outputs: {
          arn: found.Arn ?? null,
          uniqueId: found.RoleId ?? null,
          createDate: found.CreateDate?.toISOString() ?? null,
        },
      };
    },
    delete: async (RoleName, inputs) => {
      if (flag(inputs, "forceDetachPolicies")) await detachAll(iam, RoleName);
      await unlessMissing(iam.send(new DeleteRoleCommand({ RoleName })), missingEntity);
    },
  };
}

async function detachAll(iam: IAMClient, RoleName: string): Promise<void> {
  const answer = iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of (await unlessMissing(answer, missingEntity))?.AttachedPolicies ??
    []) {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  }
}

function rolePolicy(iam: IAMClient): AwsType {
  const parts = (id: string) => {
    const [RoleName = "", PolicyName = ""] = id.split(":");
    return { RoleName, PolicyName };
  };
  const put = (id: string, inputs: Props) => {
    const PolicyDocument = text(inputs, "policy");
    return iam.send(new PutRolePolicyCommand({ ...parts(id), PolicyDocument }));
  };
  return {
    token: "aws:iam/rolePolicy:RolePolicy",
    autoname: { property: "name", maxLength: 128 },
    supports: ["name", "role", "policy"],
    replaceOn: ["name", "role"],
    documents: { policy: policyDocument },
    rules: { name: iamName(128), policy },
    create: async (inputs) => {
      const id = `${text(inputs, "role")}:${text(inputs, "name")}`;
      await put(id, inputs);
      return id;
    },
    settle: async (id, inputs, _scope, before) => {
      if (before !== undefined) await put(id, inputs);
    },
    read: async (id): Promise<Live | undefined> => {
      const answer = iam.send(new GetRolePolicyCommand(parts(id)));
      const found = await unlessMissing(answer, missingEntity);
      if (found === undefined) return undefined;
      const { RoleName, PolicyName } = parts(id);
      return {
        inputs: {
          role: RoleName,
          name: PolicyName,
          policy: decodeURIComponent(found.PolicyDocument ?? ""),
        },
        outputs: {},
      };
    },
    delete: async (id) => {
      await unlessMissing(iam.send(new DeleteRolePolicyCommand(parts(id))), missingEntity);
    },
  };
}

function attachment(iam: IAMClient): AwsType {
  const parts = (id: string) => {
    const at = id.indexOf("/");
    return { RoleName: id.slice(0, at), PolicyArn: id.slice(at + 1) };
  };
  return {
    token: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    replaceOn: ["role", "policyArn"],
    create: async (inputs) => {
      const id = `${text(inputs, "role")}/${text(inputs, "policyArn")}`;
      await iam.send(new AttachRolePolicyCommand(parts(id)));
      return id;
    },
    read: async (id): Promise<Live | undefined> => {
      const { RoleName, PolicyArn } = parts(id);
      const answer = iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      const found = (await unlessMissing(answer, missingEntity))?.AttachedPolicies ?? [];
      const attached = found.some((one) => one.PolicyArn === PolicyArn);
      return attached
        ? { inputs: { role: RoleName, policyArn: PolicyArn }, outputs: {} }
        : undefined;
    },
    delete: async (id) => {
      await unlessMissing(iam.send(new DetachRolePolicyCommand(parts(id))), missingEntity);
    },
  };
}
