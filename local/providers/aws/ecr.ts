import { AwsError } from "../../aws/contract.ts";
import { text } from "../framework/access.ts";
import { plainDocument, policyDocument } from "../framework/documents.ts";
import type { ResourceType } from "../framework/resource-type.ts";
import { json, name, oneOf, policy } from "../framework/rules.ts";
import type { Props } from "../wire/values.ts";
import { recorded, type Records } from "../framework/recorded.ts";
import { arn, type AwsScope } from "./scope.ts";

const repositoryToken = "aws:ecr/repository:Repository";

export function ecrTypes(records: Records): ResourceType<AwsScope>[] {
  return [repository(records), lifecyclePolicy(records), repositoryPolicy(records)];
}

/** The registry's host; the image store keeps what is "pushed" under the digest alone. */
export function repositoryUrl(scope: AwsScope, repositoryName: string): string {
  return `${scope.accountId}.dkr.ecr.${scope.region}.amazonaws.com/${repositoryName}`;
}

function repository(records: Records): ResourceType<AwsScope> {
  return recorded(records, {
    token: repositoryToken,
    autoname: { property: "name", maxLength: 256, shape: (given) => given.toLowerCase() },
    defaults: { imageTagMutability: "MUTABLE" },
    replaceOn: ["name", "encryptionConfigurations"],
    rules: {
      name: name({
        min: 2,
        max: 256,
        form: /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
        words: "a repository name of lower-case letters, digits, and . _ - / between them",
      }),
      imageTagMutability: oneOf(
        "MUTABLE",
        "IMMUTABLE",
        "MUTABLE_WITH_EXCLUSION",
        "IMMUTABLE_WITH_EXCLUSION",
      ),
    },
    duplicate: (id) =>
      new AwsError(
        "RepositoryAlreadyExistsException",
        400,
        `The repository with name '${id}' already exists in the registry`,
      ),
    identify: (inputs) => ({ id: text(inputs, "name") }),
    outputs: ({ id }, scope) => ({
      arn: arn(scope, "ecr", `repository/${id}`),
      registryId: scope.accountId,
      repositoryUrl: repositoryUrl(scope, id),
    }),
  });
}

function lifecyclePolicy(records: Records): ResourceType<AwsScope> {
  return recorded(records, {
    token: "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    replaceOn: ["repository"],
    documents: { policy: plainDocument },
    rules: { policy: json },
    require: requireRepository(records),
    identify: (inputs) => ({ id: text(inputs, "repository") }),
    outputs: (_record, scope) => ({ registryId: scope.accountId }),
  });
}

function repositoryPolicy(records: Records): ResourceType<AwsScope> {
  return recorded(records, {
    token: "aws:ecr/repositoryPolicy:RepositoryPolicy",
    replaceOn: ["repository"],
    documents: { policy: policyDocument },
    rules: { policy },
    require: requireRepository(records),
    identify: (inputs) => ({ id: text(inputs, "repository") }),
    outputs: (_record, scope) => ({ registryId: scope.accountId }),
  });
}

function requireRepository(records: Records): (inputs: Props) => void {
  return (inputs) => {
    const id = text(inputs, "repository");
    if (records.has(`${repositoryToken}|${id}`)) return;
    const message = `The repository with name '${id}' does not exist in the registry`;
    throw new AwsError("RepositoryNotFoundException", 400, message);
  };
}
