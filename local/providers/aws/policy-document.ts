import { optionalText, records, text, texts } from "../framework/access.ts";
import { ProviderError } from "../wire/errors.ts";
import type { Props, Value } from "../wire/values.ts";

/** aws.iam.getPolicyDocument: the provider's own words for a policy, written as IAM's JSON. */
export function policyDocumentOf(args: Props): Props {
  const merged = [
    ...texts(args, "sourcePolicyDocuments"),
    ...texts(args, "overridePolicyDocuments"),
  ];
  if (merged.length > 0) {
    throw new ProviderError(
      "getPolicyDocument: merging documents is not in the embedded clouds yet",
    );
  }
  const document = {
    Version: optionalText(args, "version") ?? "2012-10-17",
    ...(optionalText(args, "policyId") === undefined ? {} : { Id: text(args, "policyId") }),
    Statement: records(args, "statements").map(statement),
  };
  const json = JSON.stringify(document, undefined, 2);
  return { ...args, id: "policy", json, minifiedJson: JSON.stringify(document) };
}

function statement(source: Props): Record<string, unknown> {
  const sid = optionalText(source, "sid");
  const conditions = records(source, "conditions");
  return {
    ...(sid === undefined || sid === "" ? {} : { Sid: sid }),
    Effect: optionalText(source, "effect") ?? "Allow",
    ...listed("Action", texts(source, "actions")),
    ...listed("NotAction", texts(source, "notActions")),
    ...listed("Resource", texts(source, "resources")),
    ...listed("NotResource", texts(source, "notResources")),
    ...principals("Principal", records(source, "principals")),
    ...principals("NotPrincipal", records(source, "notPrincipals")),
    ...(conditions.length === 0 ? {} : { Condition: conditionsOf(conditions) }),
  };
}

function listed(name: string, values: string[]): Record<string, Value> {
  const [first] = values;
  if (first === undefined) return {};
  return { [name]: values.length === 1 ? first : values };
}

function principals(name: string, sources: Props[]): Record<string, unknown> {
  if (sources.length === 0) return {};
  const all = sources.some((source) => text(source, "type") === "*");
  if (all) return { [name]: "*" };
  const types = [...new Set(sources.map((source) => text(source, "type")))];
  const named = types.map((type) => {
    const ids = sources.filter((source) => text(source, "type") === type);
    return [type, ids.flatMap((source) => texts(source, "identifiers"))] as const;
  });
  return { [name]: Object.assign({}, ...named.map(([type, ids]) => listed(type, ids))) as unknown };
}

function conditionsOf(sources: Props[]): Record<string, Record<string, Value>> {
  const conditions: Record<string, Record<string, Value>> = {};
  for (const source of sources) {
    const test = (conditions[text(source, "test")] ??= {});
    Object.assign(test, listed(text(source, "variable"), texts(source, "values")));
  }
  return conditions;
}
