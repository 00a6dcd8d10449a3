import type { AwsRequest } from "../contract.ts";
import { AwsError } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import { iamId } from "../identity/ids.ts";
import type { User } from "../identity/rows.ts";
import type { Form, QueryOperation } from "../query-service.ts";
import { ask } from "./ask.ts";
import { checkName, checkPath, conflict, exists, keyShape, noSuch, userShape } from "./shapes.ts";

const KEYS_LIMIT = 2;

export function userOperations(identity: Identity): Record<string, QueryOperation> {
  const { users } = identity;
  const find = finder(identity);
  return {
    CreateUser: (form, request) => {
      const name = checkName(form.text("UserName"), "userName", 64);
      const path = checkPath(form.optional("Path") ?? "/");
      ask(request, "iam:CreateUser", arnOf(identity, path, name));
      if (users.has(name)) throw exists("User", name);
      const user: User = {
        name,
        path,
        id: iamId("AIDA"),
        arn: arnOf(identity, path, name),
        created: identity.clock().toISOString(),
        inline: {},
        attached: [],
        tags: form.tags(),
      };
      users.set(name, user);
      return { User: userShape(user) };
    },
    GetUser: (form, request) => ({ User: userShape(find(form, request, "iam:GetUser")) }),
    ListUsers: (_form, request) => {
      ask(request, "iam:ListUsers", arnOf(identity, "/", "*"));
      return { Users: users.values().map(userShape), IsTruncated: false };
    },
    DeleteUser: (form, request) => {
      const user = find(form, request, "iam:DeleteUser");
      if (keysOf(identity, user.name).length > 0) throw conflict("delete access keys");
      if (user.attached.length > 0) throw conflict("detach all policies");
      if (Object.keys(user.inline).length > 0) throw conflict("delete policies");
      users.delete(user.name);
      return null;
    },
    // The local IAM has no groups: no user is in any.
    ListGroupsForUser: (form, request) => {
      find(form, request, "iam:ListGroupsForUser");
      return { Groups: [], IsTruncated: false };
    },
  };
}

export function keyOperations(identity: Identity): Record<string, QueryOperation> {
  const find = finder(identity);
  const keyOf = (form: Form, user: User) => {
    const id = form.text("AccessKeyId");
    const key = identity.keys.get(id);
    if (key?.user !== user.name)
      throw new AwsError("NoSuchEntity", 404, `The Access Key with id ${id} cannot be found.`);
    return key;
  };
  return {
    CreateAccessKey: (form, request) => {
      const user = find(form, request, "iam:CreateAccessKey");
      if (keysOf(identity, user.name).length >= KEYS_LIMIT)
        throw new AwsError(
          "LimitExceeded",
          409,
          `Cannot exceed quota for AccessKeysPerUser: ${KEYS_LIMIT}`,
        );
      const key = identity.createKey(user.name);
      return { AccessKey: { ...keyShape(key), SecretAccessKey: key.secret } };
    },
    ListAccessKeys: (form, request) => {
      const user = find(form, request, "iam:ListAccessKeys");
      return { AccessKeyMetadata: keysOf(identity, user.name).map(keyShape), IsTruncated: false };
    },
    UpdateAccessKey: (form, request) => {
      const key = keyOf(form, find(form, request, "iam:UpdateAccessKey"));
      identity.keys.set(key.id, { ...key, active: form.text("Status") === "Active" });
      return null;
    },
    DeleteAccessKey: (form, request) => {
      identity.keys.delete(keyOf(form, find(form, request, "iam:DeleteAccessKey")).id);
      return null;
    },
  };
}

/** A user by name, or the caller when none is named. */
function finder(identity: Identity) {
  return (form: Form, request: AwsRequest, action: string): User => {
    const own = request.principal.kind === "user" ? request.principal.arn.split("/").pop() : "";
    const name = form.optional("UserName") ?? own ?? "";
    const user = identity.users.get(name);
    ask(request, action, user?.arn ?? arnOf(identity, "/", name));
    if (user === undefined) throw noSuch("user", name);
    return user;
  };
}

function keysOf(identity: Identity, user: string) {
  return identity.keys.values().filter((key) => key.user === user);
}

function arnOf(identity: Identity, path: string, name: string): string {
  return `arn:aws:iam::${identity.accountId}:user${path}${name}`;
}
