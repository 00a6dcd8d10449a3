import { AwsError } from "../contract.ts";
import type { AccessKey, Holder, ManagedPolicy, Role } from "../identity/rows.ts";
import type { XmlValue } from "../xml.ts";

/** IAM answers with policies URL-encoded. */
export function encoded(text: string): string {
  return encodeURIComponent(text);
}

export function tagList(tags: Readonly<Record<string, string>>): XmlValue {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function userShape(user: Holder): XmlValue {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: new Date(user.created),
    Tags: tagList(user.tags),
  };
}

export function roleShape(role: Role): XmlValue {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.created),
    AssumeRolePolicyDocument: encoded(role.trust),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    Tags: tagList(role.tags),
  };
}

export function keyShape(key: AccessKey): Record<string, XmlValue> {
  return {
    UserName: key.user,
    AccessKeyId: key.id,
    Status: key.active ? "Active" : "Inactive",
    CreateDate: new Date(key.created),
  };
}

export function policyShape(policy: ManagedPolicy, attachments: number): XmlValue {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion,
    AttachmentCount: attachments,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    Description: policy.description,
    CreateDate: new Date(policy.created),
    UpdateDate: new Date(policy.updated),
    Tags: tagList(policy.tags),
  };
}

export function noSuch(kind: string, name: string): AwsError {
  return new AwsError("NoSuchEntity", 404, `The ${kind} with name ${name} cannot be found.`);
}

export function exists(kind: string, name: string): AwsError {
  return new AwsError("EntityAlreadyExists", 409, `${kind} with name ${name} already exists.`);
}

export function conflict(why: string): AwsError {
  return new AwsError("DeleteConflict", 409, `Cannot delete entity, must ${why} first.`);
}

/** @throws AwsError ValidationError, when IAM would not take the name. */
export function checkName(name: string, field: string, longest: number): string {
  if (/^[\w+=,.@-]+$/.test(name) && name.length <= longest) return name;
  throw new AwsError(
    "ValidationError",
    400,
    `1 validation error detected: Value '${name}' at '${field}' failed to satisfy constraint: up to ${longest} letters, digits and _+=,.@- characters`,
  );
}

/** @throws AwsError ValidationError */
export function checkPath(path: string): string {
  if (/^\/([\x21-\x7e]+\/)?$/.test(path)) return path;
  throw new AwsError("ValidationError", 400, `The path "${path}" must begin and end with a slash.`);
}
