import type { Table } from "../../table.ts";
import type { AwsRequest } from "../contract.ts";
import { AwsError } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import { MANAGED_POLICIES } from "../identity/managed.ts";
import type { Holder } from "../identity/rows.ts";
import type { Form, QueryOperation } from "../query-service.ts";
import { ask } from "./ask.ts";
import { checkName, encoded, noSuch, tagList } from "./shapes.ts";

/** The most characters that the inline policies of one role or user may have together, without spaces. */
const INLINE_LIMIT = { Role: 10_240, User: 2_048 } as const;
const ATTACHED_LIMIT = 10;

/**
 * What roles and users have in common: inline policies, attached policies, tags.
 * @param kind `Role` or `User`, as in `PutRolePolicy` and `PutUserPolicy`.
 */
export function holderOperations<T extends Holder>(
  kind: "Role" | "User",
  table: Table<T>,
  identity: Identity,
): Record<string, QueryOperation> {
  const lower = kind.toLowerCase();
  const found = (form: Form, request: AwsRequest, action: string): T => {
    const name = form.text(`${kind}Name`);
    const holder = table.get(name);
    const arn = holder?.arn ?? `arn:aws:iam::${identity.accountId}:${lower}/${name}`;
    ask(request, `iam:${action}`, arn);
    if (holder === undefined) throw noSuch(lower, name);
    return holder;
  };
  const keep = (holder: T, change: Partial<Holder>): null => {
    table.set(holder.name, { ...holder, ...change });
    return null;
  };
  return {
    [`Put${kind}Policy`]: (form, request) => {
      const holder = found(form, request, `Put${kind}Policy`);
      const name = checkName(form.text("PolicyName"), "policyName", 128);
      const text = form.text("PolicyDocument");
      identity.parse(text, "identity");
      const inline = { ...holder.inline, [name]: text };
      const size = Object.values(inline).join("").replace(/\s/g, "").length;
      if (size > INLINE_LIMIT[kind])
        throw limit(
          `Maximum policy size of ${INLINE_LIMIT[kind]} bytes exceeded for ${lower} ${holder.name}`,
        );
      return keep(holder, { inline });
    },
    [`Get${kind}Policy`]: (form, request) => {
      const holder = found(form, request, `Get${kind}Policy`);
      const name = form.text("PolicyName");
      const text = holder.inline[name];
      if (text === undefined) throw noSuch(`${lower} policy`, name);
      return { [`${kind}Name`]: holder.name, PolicyName: name, PolicyDocument: encoded(text) };
    },
    [`Delete${kind}Policy`]: (form, request) => {
      const holder = found(form, request, `Delete${kind}Policy`);
      const name = form.text("PolicyName");
      const { [name]: gone, ...inline } = holder.inline;
      if (gone === undefined) throw noSuch(`${lower} policy`, name);
      return keep(holder, { inline });
    },
    [`List${kind}Policies`]: (form, request) => {
      const holder = found(form, request, `List${kind}Policies`);
      return { PolicyNames: Object.keys(holder.inline).sort(), IsTruncated: false };
    },
    [`Attach${kind}Policy`]: (form, request) => {
      const holder = found(form, request, `Attach${kind}Policy`);
      const arn = form.text("PolicyArn");
      if (!MANAGED_POLICIES.has(arn) && !identity.policies.has(arn))
        throw new AwsError(
          "NoSuchEntity",
          404,
          `Policy ${arn} does not exist or is not attachable.`,
        );
      const attached = [...new Set([...holder.attached, arn])];
      if (attached.length > ATTACHED_LIMIT)
        throw limit(`Cannot exceed quota for PoliciesPer${kind}: ${ATTACHED_LIMIT}`);
      return keep(holder, { attached });
    },
    [`Detach${kind}Policy`]: (form, request) => {
      const holder = found(form, request, `Detach${kind}Policy`);
      const arn = form.text("PolicyArn");
      if (!holder.attached.includes(arn))
        throw new AwsError("NoSuchEntity", 404, `Policy ${arn} was not found.`);
      return keep(holder, { attached: holder.attached.filter((one) => one !== arn) });
    },
    [`ListAttached${kind}Policies`]: (form, request) => {
      const holder = found(form, request, `ListAttached${kind}Policies`);
      const AttachedPolicies = holder.attached.map((arn) => ({
        PolicyName: arn.slice(arn.lastIndexOf("/") + 1),
        PolicyArn: arn,
      }));
      return { AttachedPolicies, IsTruncated: false };
    },
    [`Tag${kind}`]: (form, request) => {
      const holder = found(form, request, `Tag${kind}`);
      return keep(holder, { tags: { ...holder.tags, ...form.tags() } });
    },
    [`Untag${kind}`]: (form, request) => {
      const holder = found(form, request, `Untag${kind}`);
      const gone = new Set(form.list("TagKeys"));
      const left = Object.entries(holder.tags).filter(([key]) => !gone.has(key));
      return keep(holder, { tags: Object.fromEntries(left) });
    },
    [`List${kind}Tags`]: (form, request) => ({
      Tags: tagList(found(form, request, `List${kind}Tags`).tags),
      IsTruncated: false,
    }),
  };
}

function limit(message: string): AwsError {
  return new AwsError("LimitExceeded", 409, message);
}
