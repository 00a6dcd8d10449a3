import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  ListTagsForResourceCommand,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateClusterCommand,
  type ClusterSetting,
  type ContainerDefinition,
  type ECSClient,
  type RegisterTaskDefinitionCommandInput,
} from "@aws-sdk/client-ecs";
import { defined, flag, optionalText, records, text } from "../framework/access.ts";
import { containerDefinitions } from "../framework/documents.ts";
import type { Live } from "../framework/resource-type.ts";
import { name, oneOf } from "../framework/rules.ts";
import type { Props, Value } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { syncTags, unlessMissing } from "./clients.ts";
import { service } from "./ecs-service.ts";
import { containersRule } from "./ecs-containers.ts";
import { recorded, type Records } from "../framework/recorded.ts";
import { tagsOf } from "./scope.ts";

export function ecsTypes(ecs: ECSClient, table: Records): AwsType[] {
  return [cluster(ecs), capacityProviders(table), taskDefinition(ecs), service(ecs)];
}

export const ecsName = name({
  max: 255,
  form: /^[\w-]+$/,
  words: "letters, digits, hyphens and underscores",
});

/** ECS writes tags with small letters: `[{ key, value }]`. */
export function ecsTags(tags: Record<string, string>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

export async function readEcsTags(
  ecs: ECSClient,
  resourceArn: string,
): Promise<Record<string, string>> {
  const { tags = [] } = await ecs.send(new ListTagsForResourceCommand({ resourceArn }));
  return Object.fromEntries(tags.map(({ key, value }) => [key ?? "", value ?? ""]));
}

export async function settleEcsTags(
  ecs: ECSClient,
  resourceArn: string,
  inputs: Props,
): Promise<void> {
  await syncTags(await readEcsTags(ecs, resourceArn), tagsOf(inputs), {
    remove: (tagKeys) => ecs.send(new UntagResourceCommand({ resourceArn, tagKeys })),
    add: (tags) => ecs.send(new TagResourceCommand({ resourceArn, tags: ecsTags(tags) })),
  });
}

function cluster(ecs: ECSClient): AwsType {
  const settings = (inputs: Props): ClusterSetting[] =>
    records(inputs, "settings").map((one) => ({
      name: text(one, "name") as "containerInsights",
      value: text(one, "value"),
    }));
  return {
    token: "aws:ecs/cluster:Cluster",
    autoname: { property: "name", maxLength: 255 },
    supports: ["name", "settings", "tags", "region"],
    replaceOn: ["name"],
    sets: ["settings"],
    rules: { name: ecsName },
    create: async (inputs) => {
      const answer = await ecs.send(
        new CreateClusterCommand({
          clusterName: text(inputs, "name"),
          settings: settings(inputs),
          tags: ecsTags(tagsOf(inputs)),
        }),
      );
      return answer.cluster?.clusterArn ?? "";
    },
    settle: async (arn, inputs, _scope, before) => {
      if (before === undefined) return;
      await ecs.send(new UpdateClusterCommand({ cluster: arn, settings: settings(inputs) }));
      await settleEcsTags(ecs, arn, inputs);
    },
    read: async (arn, inputs): Promise<Live | undefined> => {
      const command = new DescribeClustersCommand({ clusters: [arn], include: ["SETTINGS"] });
      const [found] = (await ecs.send(command)).clusters ?? [];
      if (found === undefined || found.status === "INACTIVE") return undefined;
      const live = (found.settings ?? []).map((one) =>
        defined({ name: one.name, value: one.value }),
      );
      return {
        inputs: {
          name: found.clusterName ?? null,
          tags: await readEcsTags(ecs, arn),
          ...("settings" in inputs ? { settings: live } : {}),
        },
        outputs: { arn },
      };
    },
    delete: async (arn) => {
      const command = new DeleteClusterCommand({ cluster: arn });
      await unlessMissing(ecs.send(command), "ClusterNotFoundException");
    },
  };
}

/** Recorded: every local task runs as on Fargate, whatever the strategy says. */
function capacityProviders(table: Records): AwsType {
  return recorded(table, {
    token: "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    replaceOn: ["clusterName"],
    sets: ["capacityProviders", "defaultCapacityProviderStrategies"],
    identify: (inputs) => ({ id: text(inputs, "clusterName") }),
    outputs: () => ({}),
  });
}

/** Everything about a revision is fixed: a change registers a new one. */
const fixed = [
  "family",
  "containerDefinitions",
  "cpu",
  "memory",
  "networkMode",
  "requiresCompatibilities",
  "runtimePlatform",
  "executionRoleArn",
  "taskRoleArn",
  "volumes",
  "ephemeralStorage",
];

function taskDefinition(ecs: ECSClient): AwsType {
  return {
    token: "aws:ecs/taskDefinition:TaskDefinition",
    supports: [...fixed, "skipDestroy", "trackLatest", "tags", "region"],
    defaults: { skipDestroy: false, trackLatest: false },
    replaceOn: fixed,
    sets: ["requiresCompatibilities", "volumes"],
    documents: { containerDefinitions },
    rules: {
      family: ecsName,
      networkMode: oneOf("awsvpc", "bridge", "host", "none"),
      containerDefinitions: containersRule,
    },
    create: async (inputs) => {
      const answer = await ecs.send(new RegisterTaskDefinitionCommand(registration(inputs)));
      const arn = answer.taskDefinition?.taskDefinitionArn ?? "";
      return { id: text(inputs, "family"), state: { arn } };
    },
    settle: async (_id, inputs, _scope, before) => {
      // Only tags can change in place; the engine's update of them goes to the family's latest revision.
      if (before === undefined) return;
      const command = new DescribeTaskDefinitionCommand({ taskDefinition: text(inputs, "family") });
      const arn = (await ecs.send(command)).taskDefinition?.taskDefinitionArn;
      if (arn !== undefined) await settleEcsTags(ecs, arn, inputs);
    },
    read: async (family, inputs, _scope, state): Promise<Live | undefined> => {
      const known = flag(inputs, "trackLatest") ? undefined : optionalText(state, "arn");
      const command = new DescribeTaskDefinitionCommand({ taskDefinition: known ?? family });
      const answer = await unlessMissing(ecs.send(command), "ClientException");
      const found = answer?.taskDefinition;
      if (found === undefined || found.status === "INACTIVE") return undefined;
      const arn = found.taskDefinitionArn ?? "";
      return {
        inputs: {
          ...given(inputs, {
            cpu: found.cpu ?? null,
            memory: found.memory ?? null,
            networkMode: found.networkMode ?? null,
            executionRoleArn: found.executionRoleArn ?? null,
            taskRoleArn: found.taskRoleArn ?? null,
          }),
          tags: await readEcsTags(ecs, arn),
        },
        outputs: {
          arn,
          arnWithoutRevision: arn.replace(/:\d+$/, ""),
          revision: found.revision ?? null,
        },
      };
    },
    delete: async (_family, inputs, _scope, state) => {
      const arn = optionalText(state, "arn");
      if (arn === undefined || flag(inputs, "skipDestroy")) return;
      const command = new DeregisterTaskDefinitionCommand({ taskDefinition: arn });
      await unlessMissing(ecs.send(command), "ClientException");
    },
  };
}

function registration(inputs: Props): RegisterTaskDefinitionCommandInput {
  const plain = Object.fromEntries(
    fixed
      .filter((property) => property !== "containerDefinitions")
      .flatMap((property) => {
        const value = inputs[property];
        return value === undefined ? [] : [[property, value]];
      }),
  );
  const containers = JSON.parse(text(inputs, "containerDefinitions")) as ContainerDefinition[];
  return {
    ...(plain as object),
    family: text(inputs, "family"),
    containerDefinitions: containers,
    tags: ecsTags(tagsOf(inputs)),
  };
}

/** Only what the program set: the rest is ECS's own default. */
export function given(inputs: Props, live: Record<string, Value>): Props {
  return Object.fromEntries(Object.entries(live).filter(([property]) => property in inputs));
}
