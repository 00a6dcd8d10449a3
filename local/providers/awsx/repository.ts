import { optionalNumber, optionalText, records, text, texts } from "../framework/access.ts";
import { ProviderError } from "../wire/errors.ts";
import {
  containsSecret,
  containsUnknown,
  dependenciesOf,
  isRecord,
  OutputValue,
  reveal,
  type Props,
  type Value,
} from "../wire/values.ts";
import type { Child, Component } from "./component.ts";

/** awsx.ecr.Repository: a repository and, unless it is skipped, a lifecycle policy. */
export async function buildRepository(component: Component, inputs: Props): Promise<Props> {
  const name = component.name.toLowerCase();
  const { lifecyclePolicy, ...own } = inputs;
  const repository = await component.child("aws:ecr/repository:Repository", name, own, {});
  const policy = await lifecycle(component, name, lifecyclePolicy, repository);
  return {
    repository: repository.reference,
    url: repository.output("repositoryUrl"),
    ...(policy === undefined ? {} : { lifecyclePolicy: policy.reference }),
  };
}

async function lifecycle(
  component: Component,
  name: string,
  value: Value | undefined,
  repository: Child,
): Promise<Child | undefined> {
  const given = value === undefined || value === null ? {} : value;
  const plain = isRecord(given) ? given : reveal(given);
  if (isRecord(plain) && reveal(plain["skip"] ?? false) === true) return undefined;
  return component.child(
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    name,
    { repository: repository.output("name"), policy: policyText(given) },
    {},
  );
}

/** The policy's JSON, as unknown and as secret as the rules that it is made of. */
function policyText(given: Value): Value {
  const plain = reveal(given);
  const known = containsUnknown(plain) ? undefined : JSON.stringify(policyOf(plain));
  return new OutputValue(known, containsSecret(given), dependenciesOf(given));
}

function policyOf(args: Value): unknown {
  const rules = isRecord(args) && args["rules"] ? records(args, "rules") : [defaultRule];
  const any = rules.filter((rule) => rule["tagStatus"] === "any");
  if (any.length > 1) {
    throw new ProviderError('At most one [selection: "any"] rule can be provided.');
  }
  // The rule for any image comes last: ECR gives it the least priority.
  const ordered = [...rules.filter((rule) => rule["tagStatus"] !== "any"), ...any];
  return { rules: ordered.map((rule, at) => ruleOf(rule, at + 1)) };
}

const defaultRule: Props = {
  description: "remove untagged images",
  tagStatus: "untagged",
  maximumNumberOfImages: 1,
};

function ruleOf(rule: Props, rulePriority: number): unknown {
  const description = optionalText(rule, "description");
  return {
    rulePriority,
    ...(description === undefined ? {} : { description }),
    selection: { ...tagsOf(rule), ...countOf(rule) },
    action: { type: "expire" },
  };
}

function tagsOf(rule: Props): Props {
  const tagStatus = text(rule, "tagStatus");
  if (tagStatus !== "tagged") return { tagStatus };
  const tagPrefixList = texts(rule, "tagPrefixList");
  if (tagPrefixList.length === 0) throw new ProviderError("tagPrefixList cannot be empty.");
  return { tagStatus, tagPrefixList };
}

function countOf(rule: Props): Props {
  const number = optionalNumber(rule, "maximumNumberOfImages");
  if (number !== undefined) return { countType: "imageCountMoreThan", countNumber: number };
  const days = optionalNumber(rule, "maximumAgeLimit");
  if (days !== undefined) {
    return { countType: "sinceImagePushed", countNumber: days, countUnit: "days" };
  }
  throw new ProviderError(
    "Either [maximumNumberOfImages] or [maximumAgeLimit] must be provided with a rule.",
  );
}
