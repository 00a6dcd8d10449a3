import type { AwsRequest } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import { iamId } from "../identity/ids.ts";
import type { Role } from "../identity/rows.ts";
import type { Form, QueryOperation } from "../query-service.ts";
import { ask } from "./ask.ts";
import { checkName, checkPath, conflict, exists, noSuch, roleShape } from "./shapes.ts";

export function roleOperations(identity: Identity): Record<string, QueryOperation> {
  const { roles } = identity;
  const arnOf = (path: string, name: string) =>
    `arn:aws:iam::${identity.accountId}:role${path}${name}`;
  const found = (form: Form, request: AwsRequest, action: string): Role => {
    const name = form.text("RoleName");
    const role = roles.get(name);
    ask(request, action, role?.arn ?? arnOf("/", name));
    if (role === undefined) throw noSuch("role", name);
    return role;
  };
  return {
    CreateRole: (form, request) => {
      const name = checkName(form.text("RoleName"), "roleName", 64);
      const path = checkPath(form.optional("Path") ?? "/");
      ask(request, "iam:CreateRole", arnOf(path, name));
      const trust = form.text("AssumeRolePolicyDocument");
      identity.parse(trust, "trust");
      if (roles.has(name)) throw exists("Role", name);
      const role: Role = {
        name,
        path,
        id: iamId("AROA"),
        arn: arnOf(path, name),
        created: identity.clock().toISOString(),
        inline: {},
        attached: [],
        tags: form.tags(),
        trust,
        description: form.optional("Description"),
        maxSessionSeconds: form.integer("MaxSessionDuration", 3600),
      };
      roles.set(name, role);
      return { Role: roleShape(role) };
    },
    GetRole: (form, request) => ({ Role: roleShape(found(form, request, "iam:GetRole")) }),
    ListRoles: (_form, request) => {
      ask(request, "iam:ListRoles", arnOf("/", "*"));
      return { Roles: roles.values().map(roleShape), IsTruncated: false };
    },
    UpdateRole: (form, request) => {
      const role = found(form, request, "iam:UpdateRole");
      const description = form.optional("Description") ?? role.description;
      const maxSessionSeconds = form.integer("MaxSessionDuration", role.maxSessionSeconds);
      roles.set(role.name, { ...role, description, maxSessionSeconds });
      return {};
    },
    UpdateRoleDescription: (form, request) => {
      const role = found(form, request, "iam:UpdateRoleDescription");
      const changed = { ...role, description: form.text("Description") };
      roles.set(role.name, changed);
      return { Role: roleShape(changed) };
    },
    UpdateAssumeRolePolicy: (form, request) => {
      const role = found(form, request, "iam:UpdateAssumeRolePolicy");
      const trust = form.text("PolicyDocument");
      identity.parse(trust, "trust");
      roles.set(role.name, { ...role, trust });
      return null;
    },
    DeleteRole: (form, request) => {
      const role = found(form, request, "iam:DeleteRole");
      if (role.attached.length > 0) throw conflict("detach all policies");
      if (Object.keys(role.inline).length > 0) throw conflict("delete policies");
      roles.delete(role.name);
      return null;
    },
    // Instance profiles belong to EC2 machines, which the local AWS does not have: no role is in any.
    ListInstanceProfilesForRole: (form, request) => {
      found(form, request, "iam:ListInstanceProfilesForRole");
      return { InstanceProfiles: [], IsTruncated: false };
    },
  };
}
