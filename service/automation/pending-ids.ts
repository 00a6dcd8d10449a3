/**
 * The ids of resources that were being created when their engine was killed. Every name in the clouds is derived (infra/names.ts), so most
 * ids follow from the inputs alone; of what the cloud itself numbers there is none.
 */
type Inputs = Record<string, unknown>;

/** What an id may hold beside a name. */
export interface Place {
  accountId: string | undefined;
  region: string | undefined;
  /** Where queues are reached: `https://sqs.eu-west-1.amazonaws.com`. */
  queues: string | undefined;
  subscriptionId: string | undefined;
}

/** The id of what was being created, or undefined when it cannot be known. */
export function idOf(type: string, inputs: Inputs, place: Place): string | undefined {
  const rule = rules.find(([pattern]) => pattern.test(type))?.[1];
  const id = rule?.(reader(inputs), place);
  return id === "" ? undefined : id;
}

type Read = (...names: string[]) => string | undefined;

/** The first of the named inputs that is a plain text: an encrypted one, or one that is not known yet, is no part of an id. */
function reader(inputs: Inputs): Read {
  return (...names) => {
    for (const name of names) {
      const value = inputs[name];
      if (typeof value === "string" && value !== "" && value !== unknown) return value;
    }
    return undefined;
  };
}

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** First match wins: a type's own rule before the rule of its service. */
const rules: readonly (readonly [RegExp, (read: Read, place: Place) => string | undefined])[] = [
  [/^aws:s3\/bucket\w*:/, (read) => read("bucket")],
  [/^aws:sqs\/queue:/, (read, { queues, accountId }) => join("/", queues, accountId, read("name"))],
  [/^aws:sqs\/queuePolicy:/, (read) => read("queueUrl")],
  [/^aws:iam\/rolePolicy:/, (read) => join(":", read("role"), read("name"))],
  [/^aws:iam\/role:/, (read) => read("name")],
  [/^aws:cloudwatch\//, (read) => read("name")],
  [/^aws:ssm\/parameter:/, (read) => read("name")],
  [/^aws:sns\/topic:/, (read, place) => arn("sns", place, read("name"))],
  [/^aws:ecs\/cluster:/, (read, place) => arn("ecs", place, join("/", "cluster", read("name")))],
  [/^aws:ecs\/service:/, (read, place) => service(read, place)],
  [/^aws:ecs\/taskDefinition:/, (read) => read("family")],
  [/^aws:appautoscaling\/target:/, (read) => read("resourceId")],
  [/^aws:appautoscaling\/policy:/, (read) => read("name")],
  [/^aws:scheduler\/schedule:/, (read) => join("/", read("groupName") ?? "default", read("name"))],
  [/^aws:kms\/alias:/, (read) => read("name")],
  [/^azure-native:storage:BlobContainer$/, (read, place) => container(read, place)],
];

function arn(of: string, { region, accountId }: Place, rest: string | undefined) {
  return join(":", "arn", "aws", of, region, accountId, rest);
}

function service(read: Read, place: Place): string | undefined {
  const cluster = read("cluster")?.split("/").at(-1);
  return arn("ecs", place, join("/", "service", cluster, read("name")));
}

function container(read: Read, { subscriptionId }: Place): string | undefined {
  return join(
    "/",
    ...["", "subscriptions", subscriptionId, "resourceGroups", read("resourceGroupName")],
    ...["providers", "Microsoft.Storage", "storageAccounts", read("accountName")],
    ...["blobServices", "default", "containers", read("containerName")],
  );
}

/** Undefined when a part is. */
function join(separator: string, ...parts: (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(separator);
}
