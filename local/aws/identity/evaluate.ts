import type {
  AccessQuestion,
  Decision,
  PolicyDocument,
  PolicyStatement,
  Principal,
} from "../contract.ts";
import { conditionHolds, type Context } from "./conditions.ts";
import { list, statementsOf } from "./document.ts";
import { actionMatches, arnMatches, substitute, wildcard } from "./match.ts";

/** Every policy that has a say in one request. */
export interface Policies {
  /** Of the user or the role: inline and attached. */
  readonly identity: readonly PolicyDocument[];
  /** Of the bucket, queue, topic, key or role (its trust policy). */
  readonly resource?: PolicyDocument | undefined;
  /** Of the VPC endpoint that the request came through. */
  readonly endpoint?: PolicyDocument | undefined;
}

/**
 * How a resource's own policy counts within one account: usually it may grant alone, and so may the
 * identity's; a role's trust policy must always have its say.
 */
export type ResourceRule = "either" | "trust";

/** What a statement's Principal says about a caller: its own name, its whole account, or nothing. */
type Named = "itself" | "account" | "no";

const ALLOWED: Decision = { allowed: true };

/**
 * Decides a request as AWS does (IAM User Guide, "Policy evaluation logic"): an explicit deny anywhere
 * wins; the VPC endpoint must allow; within one account the identity's or the resource's policy must
 * allow, across accounts both. A resource policy that names the account only delegates to its identities.
 * Keys of `context` may have any case.
 * @throws PolicyError for a condition operator that is not known.
 */
export function evaluate(
  question: AccessQuestion,
  policies: Policies,
  rule: ResourceRule = "either",
): Decision {
  const context = lowered(question.context ?? {});
  const all: [string, readonly PolicyDocument[]][] = [
    ["an identity-based policy", policies.identity],
    [rule === "trust" ? "a role trust policy" : "a resource-based policy", list(policies.resource)],
    ["a VPC endpoint policy", list(policies.endpoint)],
  ];
  for (const [source, documents] of all)
    if (documents.some((document) => verdict(document, "Deny", question, context) !== "no"))
      return denied(question, `with an explicit deny in ${source}`);
  if (
    policies.endpoint !== undefined &&
    verdict(policies.endpoint, "Allow", question, context) === "no"
  )
    return denied(question, missing("VPC endpoint", question));
  return granted(question, policies, context, rule);
}

function granted(
  question: AccessQuestion,
  policies: Policies,
  context: Context,
  rule: ResourceRule,
): Decision {
  const { principal } = question;
  const byResource = policies.resource
    ? verdict(policies.resource, "Allow", question, context)
    : "no";
  const byIdentity =
    principal.kind === "root" ||
    policies.identity.some((document) => verdict(document, "Allow", question, context) !== "no");
  if (principal.kind === "service" || principal.kind === "anonymous")
    return byResource === "itself" ? ALLOWED : denied(question, missing("resource", question));
  if (rule === "trust" || principal.accountId !== question.resourceAccount)
    return crossing(question, byResource, byIdentity, rule);
  return byIdentity || byResource === "itself"
    ? ALLOWED
    : denied(question, missing("identity", question));
}

/** Both sides must agree: across accounts, and where a role says who may assume it. */
function crossing(
  question: AccessQuestion,
  byResource: Named,
  byIdentity: boolean,
  rule: ResourceRule,
): Decision {
  if (byResource === "no")
    return denied(question, missing(rule === "trust" ? "role trust" : "resource", question));
  const sameAccount = question.principal.accountId === question.resourceAccount;
  const enough = byIdentity || (sameAccount && byResource === "itself");
  return enough ? ALLOWED : denied(question, missing("identity", question));
}

/** Whether any statement of that effect covers the request, and how it names the caller. */
function verdict(
  document: PolicyDocument,
  effect: "Allow" | "Deny",
  question: AccessQuestion,
  context: Context,
): Named {
  let best: Named = "no";
  for (const statement of statementsOf(document)) {
    if (statement.Effect !== effect || !covers(statement, question, context)) continue;
    const named = namedBy(statement, question.principal, effect);
    if (named === "itself") return named;
    if (named === "account") best = named;
  }
  return best;
}

function covers(statement: PolicyStatement, question: AccessQuestion, context: Context): boolean {
  const action = (pattern: string) => actionMatches(pattern, question.action);
  const resource = (pattern: string) => {
    const resolved = substitute(pattern, context);
    return resolved !== undefined && resourceMatches(resolved, question.resource);
  };
  if (!either(statement.Action, statement.NotAction, action)) return false;
  const bounded = statement.Resource !== undefined || statement.NotResource !== undefined;
  if (bounded && !either(statement.Resource, statement.NotResource, resource)) return false;
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      conditionHolds(operator, key, list(wanted).map(String), context),
    ),
  );
}

function resourceMatches(pattern: string, resource: string): boolean {
  return pattern.startsWith("arn:") && resource.startsWith("arn:")
    ? arnMatches(pattern, resource)
    : wildcard(pattern, resource);
}

function either(
  some: string | readonly string[] | undefined,
  none: string | readonly string[] | undefined,
  fits: (pattern: string) => boolean,
): boolean {
  return some !== undefined ? list(some).some(fits) : !list(none).some(fits);
}

/** An identity policy names nobody: it is about whoever carries it. */
function namedBy(
  statement: PolicyStatement,
  principal: Principal,
  effect: "Allow" | "Deny",
): Named {
  if (statement.NotPrincipal !== undefined)
    return matchPrincipal(statement.NotPrincipal, principal) === "no" ? "itself" : "no";
  if (statement.Principal === undefined) return "itself";
  const named = matchPrincipal(statement.Principal, principal);
  return named === "account" && effect === "Deny" ? "itself" : named;
}

function matchPrincipal(
  wanted: "*" | Readonly<Record<string, string | readonly string[]>>,
  principal: Principal,
): Named {
  if (wanted === "*") return "itself";
  if (principal.kind === "service")
    return [...list(wanted["Service"]), ...list(wanted["AWS"])].some(
      (name) => name === principal.arn || name === "*",
    )
      ? "itself"
      : "no";
  const names = list(wanted["AWS"]);
  const own = [principal.arn, principal.roleArn];
  if (names.some((name) => name === "*" || own.includes(name))) return "itself";
  const account = [principal.accountId, `arn:aws:iam::${principal.accountId}:root`];
  if (principal.kind === "anonymous" || !names.some((name) => account.includes(name))) return "no";
  return principal.kind === "root" ? "itself" : "account";
}

function denied(question: AccessQuestion, why: string): Decision {
  const { principal, action, resource } = question;
  // S3 puts the resource in quotes; the other services do not.
  const subject = action.startsWith("s3:") ? `"${resource}"` : resource;
  const caller = principal.kind === "anonymous" ? "anonymous" : principal.arn;
  return {
    allowed: false,
    message: `User: ${caller} is not authorized to perform: ${action} on resource: ${subject} ${why}`,
  };
}

function missing(
  kind: "identity" | "resource" | "VPC endpoint" | "role trust",
  question: AccessQuestion,
): string {
  const name =
    kind === "VPC endpoint" || kind === "role trust" ? `${kind} policy` : `${kind}-based policy`;
  return `because no ${name} allows the ${question.action} action`;
}

function lowered(context: Readonly<Record<string, string | readonly string[]>>): Context {
  return Object.fromEntries(
    Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]),
  );
}
