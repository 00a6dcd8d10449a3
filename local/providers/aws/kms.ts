import { randomUUID } from "node:crypto";
import { AwsError } from "../../aws/contract.ts";
import { text } from "../framework/access.ts";
import { policyDocument } from "../framework/documents.ts";
import type { ResourceType } from "../framework/resource-type.ts";
import { between, name, policy } from "../framework/rules.ts";
import { recorded, type Records } from "../framework/recorded.ts";
import { arn, type AwsScope } from "./scope.ts";

const keyToken = "aws:kms/key:Key";

export function kmsTypes(records: Records): ResourceType<AwsScope>[] {
  return [key(records), alias(records)];
}

function key(records: Records): ResourceType<AwsScope> {
  return recorded(records, {
    token: keyToken,
    defaults: {
      bypassPolicyLockoutSafetyCheck: false,
      customerMasterKeySpec: "SYMMETRIC_DEFAULT",
      isEnabled: true,
      keyUsage: "ENCRYPT_DECRYPT",
    },
    replaceOn: ["customerMasterKeySpec", "keyUsage", "multiRegion"],
    documents: { policy: policyDocument },
    rules: {
      deletionWindowInDays: between(7, 30),
      rotationPeriodInDays: between(90, 2560),
      policy,
    },
    identify: () => ({ id: randomUUID() }),
    outputs: ({ id, inputs }, scope) => ({
      arn: arn(scope, "kms", `key/${id}`),
      keyId: id,
      description: inputs["description"] ?? "",
      enableKeyRotation: inputs["enableKeyRotation"] ?? false,
      multiRegion: inputs["multiRegion"] ?? false,
      policy: inputs["policy"] ?? rootPolicy(scope),
    }),
  });
}

function alias(records: Records): ResourceType<AwsScope> {
  const targetId = (target: string) => target.slice(target.lastIndexOf("/") + 1);
  return recorded(records, {
    token: "aws:kms/alias:Alias",
    autoname: { property: "name", maxLength: 256, shape: (given) => `alias/${given}` },
    replaceOn: ["name"],
    rules: {
      name: name({
        max: 256,
        form: /^alias\/(?!aws\/)[\w/-]+$/,
        words: 'a name that begins with "alias/", followed by letters, digits, / _ -',
      }),
    },
    duplicate: (id) =>
      new AwsError("AlreadyExistsException", 400, `An alias with the name ${id} already exists`),
    require: (inputs) => {
      const id = targetId(text(inputs, "targetKeyId"));
      if (records.has(`${keyToken}|${id}`)) return;
      throw new AwsError("NotFoundException", 400, `Key '${id}' does not exist`);
    },
    identify: (inputs) => ({ id: text(inputs, "name") }),
    outputs: ({ id, inputs }, scope) => ({
      arn: arn(scope, "kms", id),
      targetKeyArn: arn(scope, "kms", `key/${targetId(text(inputs, "targetKeyId"))}`),
    }),
  });
}

function rootPolicy(scope: AwsScope): string {
  const root = `arn:aws:iam::${scope.accountId}:root`;
  return JSON.stringify({
    Id: "key-default-1",
    Statement: [
      {
        Action: "kms:*",
        Effect: "Allow",
        Principal: { AWS: root },
        Resource: "*",
        Sid: "Enable IAM User Permissions",
      },
    ],
    Version: "2012-10-17",
  });
}
