import type { AwsRequest } from "../contract.ts";
import { AwsError } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import { iamId } from "../identity/ids.ts";
import { MANAGED_POLICIES } from "../identity/managed.ts";
import type { ManagedPolicy } from "../identity/rows.ts";
import type { Form, QueryOperation } from "../query-service.ts";
import { ask } from "./ask.ts";
import { checkName, checkPath, conflict, encoded, exists, policyShape, tagList } from "./shapes.ts";

const SIZE_LIMIT = 6_144;
const VERSIONS_LIMIT = 5;

/** Managed policies: the account's own, and AWS' to read. */
export function policyOperations(identity: Identity): Record<string, QueryOperation> {
  const { policies } = identity;
  const attachments = (arn: string) => attachedTo(identity, arn).length;
  const found = (form: Form, request: AwsRequest, action: string): ManagedPolicy => {
    const arn = form.text("PolicyArn");
    ask(request, action, arn);
    if (MANAGED_POLICIES.has(arn) && !/^iam:(Get|List)/.test(action))
      throw new AwsError("AccessDenied", 403, `AWS' own policy ${arn} cannot be changed.`);
    const policy = policies.get(arn) ?? published(arn);
    if (policy === undefined)
      throw new AwsError("NoSuchEntity", 404, `Policy ${arn} was not found.`);
    return policy;
  };
  return {
    CreatePolicy: (form, request) => {
      const name = checkName(form.text("PolicyName"), "policyName", 128);
      const path = checkPath(form.optional("Path") ?? "/");
      const arn = `arn:aws:iam::${identity.accountId}:policy${path}${name}`;
      ask(request, "iam:CreatePolicy", arn);
      const text = checkedText(identity, form);
      if (policies.has(arn)) throw exists("A policy", name);
      const created = identity.clock().toISOString();
      const versions = [{ id: "v1", text, created }];
      const description = form.optional("Description");
      const times = { created, updated: created, defaultVersion: "v1", versions };
      const id = iamId("ANPA");
      const policy = { arn, name, path, id, description, tags: form.tags(), ...times };
      policies.set(arn, policy);
      return { Policy: policyShape(policy, 0) };
    },
    GetPolicy: (form, request) => {
      const policy = found(form, request, "iam:GetPolicy");
      return { Policy: policyShape(policy, attachments(policy.arn)) };
    },
    ListPolicies: (_form, request) => {
      ask(request, "iam:ListPolicies", "*");
      const Policies = policies.values().map((one) => policyShape(one, attachments(one.arn)));
      return { Policies, IsTruncated: false };
    },
    DeletePolicy: (form, request) => {
      const policy = found(form, request, "iam:DeletePolicy");
      if (attachments(policy.arn) > 0) throw conflict("detach from all entities");
      if (policy.versions.length > 1) throw conflict("delete all non-default versions");
      policies.delete(policy.arn);
      return null;
    },
    CreatePolicyVersion: (form, request) => {
      const policy = found(form, request, "iam:CreatePolicyVersion");
      const text = checkedText(identity, form);
      if (policy.versions.length >= VERSIONS_LIMIT)
        throw new AwsError(
          "LimitExceeded",
          409,
          `A managed policy can have up to ${VERSIONS_LIMIT} versions. Before you create a new version, you must delete an existing version.`,
        );
      const last = Math.max(...policy.versions.map(({ id }) => Number(id.slice(1))));
      const version = { id: `v${last + 1}`, text, created: identity.clock().toISOString() };
      const defaultVersion =
        form.optional("SetAsDefault") === "true" ? version.id : policy.defaultVersion;
      const versions = [...policy.versions, version];
      policies.set(policy.arn, { ...policy, versions, defaultVersion, updated: version.created });
      return { PolicyVersion: versionShape(version, defaultVersion) };
    },
    GetPolicyVersion: (form, request) => {
      const policy = found(form, request, "iam:GetPolicyVersion");
      const version = versionOf(policy, form.text("VersionId"));
      const shape = versionShape(version, policy.defaultVersion);
      return { PolicyVersion: { Document: encoded(version.text), ...shape } };
    },
    ListPolicyVersions: (form, request) => {
      const policy = found(form, request, "iam:ListPolicyVersions");
      const Versions = policy.versions.map((one) => versionShape(one, policy.defaultVersion));
      return { Versions, IsTruncated: false };
    },
    DeletePolicyVersion: (form, request) => {
      const policy = found(form, request, "iam:DeletePolicyVersion");
      const { id } = versionOf(policy, form.text("VersionId"));
      if (id === policy.defaultVersion)
        throw new AwsError("DeleteConflict", 409, "Cannot delete the default version of a policy.");
      const versions = policy.versions.filter((one) => one.id !== id);
      policies.set(policy.arn, { ...policy, versions });
      return null;
    },
    ListEntitiesForPolicy: (form, request) => {
      const policy = found(form, request, "iam:ListEntitiesForPolicy");
      const has = (one: { attached: readonly string[] }) => one.attached.includes(policy.arn);
      const PolicyRoles = identity.roles.values().filter(has);
      const PolicyUsers = identity.users.values().filter(has);
      return {
        PolicyRoles: PolicyRoles.map(({ name, id }) => ({ RoleName: name, RoleId: id })),
        PolicyUsers: PolicyUsers.map(({ name, id }) => ({ UserName: name, UserId: id })),
        PolicyGroups: [],
        IsTruncated: false,
      };
    },
    ListPolicyTags: (form, request) => ({
      Tags: tagList(found(form, request, "iam:ListPolicyTags").tags),
      IsTruncated: false,
    }),
    TagPolicy: (form, request) => {
      const policy = found(form, request, "iam:TagPolicy");
      policies.set(policy.arn, { ...policy, tags: { ...policy.tags, ...form.tags() } });
      return null;
    },
    UntagPolicy: (form, request) => {
      const policy = found(form, request, "iam:UntagPolicy");
      const gone = new Set(form.list("TagKeys"));
      const left = Object.entries(policy.tags).filter(([key]) => !gone.has(key));
      policies.set(policy.arn, { ...policy, tags: Object.fromEntries(left) });
      return null;
    },
  };
}

type Version = ManagedPolicy["versions"][number];

function versionOf(policy: ManagedPolicy, id: string): Version {
  const version = policy.versions.find((one) => one.id === id);
  if (version !== undefined) return version;
  throw new AwsError("NoSuchEntity", 404, `Policy ${policy.arn} version ${id} does not exist.`);
}

function versionShape({ id, created }: Version, defaultVersion: string) {
  return {
    VersionId: id,
    IsDefaultVersion: id === defaultVersion,
    CreateDate: new Date(created),
  };
}

function checkedText(identity: Identity, form: Form): string {
  const text = form.text("PolicyDocument");
  identity.parse(text, "identity");
  if (text.replace(/\s/g, "").length > SIZE_LIMIT)
    throw new AwsError("LimitExceeded", 409, `Cannot exceed quota for PolicySize: ${SIZE_LIMIT}`);
  return text;
}

function attachedTo(identity: Identity, arn: string) {
  const holders = [...identity.roles.values(), ...identity.users.values()];
  return holders.filter((one) => one.attached.includes(arn));
}

/** An AWS managed policy as IAM shows it. */
function published(arn: string): ManagedPolicy | undefined {
  const document = MANAGED_POLICIES.get(arn);
  if (document === undefined) return undefined;
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const created = "2015-02-06T18:40:58.000Z";
  return {
    arn,
    name,
    path: arn.slice(arn.indexOf(":policy") + ":policy".length, -name.length),
    id: `ANPA${name
      .toUpperCase()
      .replace(/[^A-Z]/g, "")
      .slice(0, 16)
      .padEnd(16, "A")}`,
    created,
    updated: created,
    defaultVersion: "v1",
    versions: [{ id: "v1", text: JSON.stringify(document), created }],
    tags: {},
  };
}
