import { z } from "zod";
import type { AwsRequest, AwsService } from "../contract.ts";
import { AwsError } from "../contract.ts";
import { enforce } from "../identity/identity.ts";
import { jsonService, operation, type JsonOperation } from "../json-service.ts";
import { DEFAULT_KEY, type Found, invalid, type Parameter, type Parameters } from "./parameters.ts";

const tags = z.array(z.object({ Key: z.string(), Value: z.string() })).default([]);
const names = z.array(z.string()).min(1).max(10);
const paged = { MaxResults: z.number().int().min(1).optional(), NextToken: z.string().optional() };
const resource = { ResourceType: z.literal("Parameter"), ResourceId: z.string() };

/** The local Parameter Store. */
export function ssmService(parameters: Parameters): AwsService {
  return jsonService({
    protocol: "json-1.1",
    target: "AmazonSSM",
    invalid: "ValidationException",
    operations: {
      ...writeOperations(parameters),
      ...readOperations(parameters),
      ...listOperations(parameters),
      ...tagOperations(parameters),
    },
  });
}

function writeOperations(parameters: Parameters): Record<string, JsonOperation> {
  const input = z.object({
    Name: z.string(),
    Value: z.string(),
    Type: z.enum(["String", "StringList", "SecureString"]).optional(),
    Overwrite: z.boolean().default(false),
    Description: z.string().optional(),
    KeyId: z.string().optional(),
    AllowedPattern: z.string().optional(),
    Tier: z.enum(["Standard", "Advanced", "Intelligent-Tiering"]).optional(),
    DataType: z.literal("text").optional(),
    Tags: tags,
  });
  const remove = (request: AwsRequest, name: string): boolean => {
    ask(parameters, request, "ssm:DeleteParameter", name);
    return parameters.table.delete(parameters.reference(name).name);
  };
  return {
    PutParameter: operation(input, (wanted, request) => {
      ask(parameters, request, "ssm:PutParameter", wanted.Name);
      if (wanted.Type === "SecureString") askKey(request, "kms:Encrypt", wanted.KeyId);
      const parameter = parameters.put({
        name: wanted.Name,
        value: wanted.Value,
        type: wanted.Type,
        overwrite: wanted.Overwrite,
        description: wanted.Description,
        keyId: wanted.KeyId,
        allowedPattern: wanted.AllowedPattern,
        tier: wanted.Tier,
        dataType: wanted.DataType,
        tags: record(wanted.Tags),
        user: request.principal.arn,
      });
      return { Version: parameter.versions.at(-1)?.version, Tier: parameter.tier };
    }),
    DeleteParameter: operation(z.object({ Name: z.string() }), ({ Name }, request) => {
      if (!remove(request, Name)) throw notFound(Name);
      return {};
    }),
    DeleteParameters: operation(z.object({ Names: names }), ({ Names }, request) => {
      const gone = Names.filter((name) => remove(request, name));
      return {
        DeletedParameters: gone,
        InvalidParameters: Names.filter((name) => !gone.includes(name)),
      };
    }),
  };
}

function readOperations(parameters: Parameters): Record<string, JsonOperation> {
  const decrypt = { WithDecryption: z.boolean().default(false) };
  return {
    GetParameter: operation(z.object({ Name: z.string(), ...decrypt }), (input, request) => {
      ask(parameters, request, "ssm:GetParameter", input.Name);
      const found = parameters.find(input.Name);
      if (found === undefined) throw notFound(input.Name);
      return { Parameter: shown(parameters, found, input.WithDecryption, request) };
    }),
    GetParameters: operation(z.object({ Names: names, ...decrypt }), (input, request) => {
      for (const name of input.Names) ask(parameters, request, "ssm:GetParameters", name);
      const all = input.Names.map((name) => parameters.find(name));
      return {
        Parameters: all
          .filter((found) => found !== undefined)
          .map((found) => shown(parameters, found, input.WithDecryption, request)),
        InvalidParameters: input.Names.filter((_name, index) => all[index] === undefined),
      };
    }),
    GetParametersByPath: operation(
      z.object({ Path: z.string(), Recursive: z.boolean().default(false), ...decrypt, ...paged }),
      (input, request) => {
        if (!input.Path.startsWith("/"))
          throw invalid("The parameter path must begin with a slash.");
        ask(parameters, request, "ssm:GetParametersByPath", input.Path);
        const all = parameters.under(input.Path, input.Recursive);
        const { page, next } = pageOf(all, input.MaxResults ?? 10, input.NextToken);
        const Parameters = page.flatMap((parameter) => {
          const found = parameters.find(parameter.name);
          return found ? [shown(parameters, found, input.WithDecryption, request)] : [];
        });
        return { Parameters, ...next };
      },
    ),
    GetParameterHistory: operation(
      z.object({ Name: z.string(), ...decrypt, ...paged }),
      (input, request) => {
        ask(parameters, request, "ssm:GetParameterHistory", input.Name);
        const parameter = parameters.table.get(parameters.reference(input.Name).name);
        if (parameter === undefined) throw notFound(input.Name);
        const all = parameter.versions.map((version) => ({
          ...shown(parameters, parameters.open(parameter, version), input.WithDecryption, request),
          LastModifiedUser: version.user,
          Tier: parameter.tier,
          Labels: [],
        }));
        const { page, next } = pageOf(all, input.MaxResults ?? 50, input.NextToken);
        return { Parameters: page, ...next };
      },
    ),
  };
}

const filter = z.object({
  Key: z.string(),
  Option: z.string().optional(),
  Values: z.array(z.string()).default([]),
});

function listOperations(parameters: Parameters): Record<string, JsonOperation> {
  const input = z.object({ ParameterFilters: z.array(filter).default([]), ...paged });
  return {
    DescribeParameters: operation(input, (wanted, request) => {
      // Listing is not about one parameter: AWS evaluates it on all of them.
      const decision = request.authorize({ action: "ssm:DescribeParameters", resource: "*" });
      enforce(decision);
      const all = parameters
        .under("/", true)
        .filter((one) => wanted.ParameterFilters.every((rule) => passes(one, rule)));
      const { page, next } = pageOf(all, wanted.MaxResults ?? 10, wanted.NextToken);
      return { Parameters: page.map((one) => described(parameters, one)), ...next };
    }),
  };
}

function passes(parameter: Parameter, { Key, Option, Values }: z.infer<typeof filter>): boolean {
  const compare = (actual: string, wanted: string) => {
    switch (Option ?? "Equals") {
      case "Equals":
        return actual === wanted;
      case "BeginsWith":
        return actual.startsWith(wanted);
      case "Contains":
        return actual.includes(wanted);
      case "Recursive":
      case "OneLevel":
        return actual.startsWith(wanted.endsWith("/") ? wanted : `${wanted}/`);
      default:
        throw new AwsError(
          "InvalidFilterOption",
          400,
          `The filter option ${Option ?? ""} is not valid.`,
        );
    }
  };
  const actual = filtered(parameter, Key);
  return Values.length === 0
    ? actual !== undefined
    : Values.some((wanted) => actual !== undefined && compare(actual, wanted));
}

function filtered(parameter: Parameter, key: string): string | undefined {
  if (key.startsWith("tag:")) return parameter.tags[key.slice("tag:".length)];
  switch (key) {
    case "Name":
    case "Path":
      return parameter.name;
    case "Type":
      return parameter.versions.at(-1)?.type;
    case "KeyId":
      return parameter.keyId;
    case "Tier":
      return parameter.tier;
    default:
      throw new AwsError("InvalidFilterKey", 400, `The filter key ${key} is not valid.`);
  }
}

function tagOperations(parameters: Parameters): Record<string, JsonOperation> {
  const found = (id: string, action: string, request: AwsRequest): Parameter => {
    ask(parameters, request, action, id);
    const parameter = parameters.table.get(parameters.reference(id).name);
    if (parameter === undefined)
      throw new AwsError("InvalidResourceId", 400, `The resource ID "${id}" is not valid.`);
    return parameter;
  };
  const keep = (parameter: Parameter, changed: Record<string, string>) => {
    parameters.table.set(parameter.name, { ...parameter, tags: changed });
    return {};
  };
  return {
    ListTagsForResource: operation(z.object(resource), ({ ResourceId }, request) => {
      const all = Object.entries(found(ResourceId, "ssm:ListTagsForResource", request).tags);
      return { TagList: all.map(([Key, Value]) => ({ Key, Value })) };
    }),
    AddTagsToResource: operation(z.object({ ...resource, Tags: tags }), (input, request) => {
      const parameter = found(input.ResourceId, "ssm:AddTagsToResource", request);
      return keep(parameter, { ...parameter.tags, ...record(input.Tags) });
    }),
    RemoveTagsFromResource: operation(
      z.object({ ...resource, TagKeys: z.array(z.string()) }),
      (input, request) => {
        const parameter = found(input.ResourceId, "ssm:RemoveTagsFromResource", request);
        const left = Object.entries(parameter.tags).filter(([key]) => !input.TagKeys.includes(key));
        return keep(parameter, Object.fromEntries(left));
      },
    ),
  };
}

function shown(parameters: Parameters, found: Found, decrypt: boolean, request: AwsRequest) {
  const { parameter, version, value } = found;
  const secret = version.type === "SecureString";
  if (secret && decrypt) askKey(request, "kms:Decrypt", parameter.keyId);
  return {
    ARN: parameters.arn(parameter.name),
    Name: parameter.name,
    Type: version.type,
    Value: secret && !decrypt ? parameters.sealed(version) : value,
    Version: version.version,
    LastModifiedDate: version.modified,
    DataType: parameter.dataType,
  };
}

function described(parameters: Parameters, parameter: Parameter): object {
  const last = parameter.versions.at(-1);
  return {
    ARN: parameters.arn(parameter.name),
    Name: parameter.name,
    Type: last?.type,
    KeyId: parameter.keyId,
    LastModifiedDate: last?.modified,
    LastModifiedUser: last?.user,
    Description: parameter.description,
    AllowedPattern: parameter.allowedPattern,
    Version: last?.version,
    Tier: parameter.tier,
    Policies: [],
    DataType: parameter.dataType,
  };
}

function ask(parameters: Parameters, request: AwsRequest, action: string, name: string): void {
  enforce(request.authorize({ action, resource: parameters.arn(parameters.reference(name).name) }));
}

/** The default key lets everyone in the account through SSM; a key of one's own asks for its own permission. */
function askKey(request: AwsRequest, action: string, keyId: string | undefined): void {
  if (keyId === undefined || keyId === DEFAULT_KEY) return;
  enforce(request.authorize({ action, resource: keyId }));
}

function pageOf<T>(all: readonly T[], size: number, token: string | undefined) {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start)) throw invalid("The specified token is not valid.");
  const end = start + size;
  return { page: all.slice(start, end), next: end < all.length ? { NextToken: String(end) } : {} };
}

function record(list: readonly { Key: string; Value: string }[]): Record<string, string> {
  return Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
}

function notFound(name: string): AwsError {
  return new AwsError("ParameterNotFound", 400, `Parameter ${name} not found.`);
}
