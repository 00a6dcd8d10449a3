import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  UpdateServiceCommand,
  type ECSClient,
  type LaunchType,
  type NetworkConfiguration,
  type PropagateTags,
  type Service,
} from "@aws-sdk/client-ecs";
import { flag, optionalNumber, optionalText, record, text, texts } from "../framework/access.ts";
import type { Live } from "../framework/resource-type.ts";
import { oneOf } from "../framework/rules.ts";
import { ProviderError } from "../wire/errors.ts";
import type { Props, Value } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { unlessMissing } from "./clients.ts";
import { ecsName, ecsTags, given, readEcsTags, settleEcsTags } from "./ecs.ts";
import { tagsOf } from "./scope.ts";

const missing = [
  "ServiceNotFoundException",
  "ClusterNotFoundException",
  "ServiceNotActiveException",
];
/** As the provider waits on AWS. */
const steadyDeadline = 20 * 60_000;
const pollEvery = 250;

export function service(ecs: ECSClient): AwsType {
  return {
    token: "aws:ecs/service:Service",
    autoname: { property: "name", maxLength: 255 },
    supports: [
      "name",
      "cluster",
      "taskDefinition",
      "desiredCount",
      "launchType",
      "platformVersion",
      "networkConfiguration",
      "deploymentMinimumHealthyPercent",
      "deploymentMaximumPercent",
      "deploymentCircuitBreaker",
      "enableEcsManagedTags",
      "enableExecuteCommand",
      "propagateTags",
      "forceNewDeployment",
      "forceDelete",
      "schedulingStrategy",
      "waitForSteadyState",
      "tags",
      "region",
    ],
    defaults: {
      deploymentMaximumPercent: 200,
      deploymentMinimumHealthyPercent: 100,
      waitForSteadyState: false,
    },
    replaceOn: ["name", "cluster", "launchType", "schedulingStrategy"],
    sets: ["networkConfiguration.subnets", "networkConfiguration.securityGroups"],
    rules: {
      name: ecsName,
      launchType: oneOf("FARGATE"),
      schedulingStrategy: oneOf("REPLICA"),
      propagateTags: oneOf("SERVICE", "TASK_DEFINITION", "NONE"),
    },
    create: async (inputs) => {
      const answer = await ecs.send(
        new CreateServiceCommand({
          ...settings(inputs),
          serviceName: text(inputs, "name"),
          desiredCount: optionalNumber(inputs, "desiredCount") ?? 0,
          launchType: (optionalText(inputs, "launchType") ?? "FARGATE") as LaunchType,
          tags: ecsTags(tagsOf(inputs)),
        }),
      );
      return answer.service?.serviceArn ?? "";
    },
    settle: async (arn, inputs, scope, before) => {
      if (before !== undefined) await update(ecs, arn, inputs, before);
      if (!flag(inputs, "waitForSteadyState")) return;
      await waitUntilSteady(ecs, clusterOf(inputs), arn, scope.cancelled);
    },
    read: async (arn, inputs): Promise<Live | undefined> => {
      const found = await describe(ecs, clusterOf(inputs), arn);
      return found === undefined
        ? undefined
        : liveService(found, inputs, await readEcsTags(ecs, arn));
    },
    delete: (arn, inputs) => remove(ecs, clusterOf(inputs), arn),
  };
}

function clusterOf(inputs: Props): string {
  return optionalText(inputs, "cluster") ?? "default";
}

async function update(ecs: ECSClient, arn: string, inputs: Props, before: Props): Promise<void> {
  // Scaling changes the count behind the program's back: only a change by the program sets it.
  const counted = before["desiredCount"] !== inputs["desiredCount"];
  const desiredCount = counted ? (optionalNumber(inputs, "desiredCount") ?? 0) : undefined;
  await ecs.send(
    new UpdateServiceCommand({
      ...settings(inputs),
      service: arn,
      ...(desiredCount === undefined ? {} : { desiredCount }),
      forceNewDeployment: flag(inputs, "forceNewDeployment"),
    }),
  );
  await settleEcsTags(ecs, arn, inputs);
}

function settings(inputs: Props) {
  const breaker = record(inputs, "deploymentCircuitBreaker");
  return {
    cluster: clusterOf(inputs),
    taskDefinition: optionalText(inputs, "taskDefinition"),
    platformVersion: optionalText(inputs, "platformVersion"),
    deploymentConfiguration: {
      maximumPercent: optionalNumber(inputs, "deploymentMaximumPercent"),
      minimumHealthyPercent: optionalNumber(inputs, "deploymentMinimumHealthyPercent"),
      ...(breaker === undefined
        ? {}
        : {
            deploymentCircuitBreaker: {
              enable: flag(breaker, "enable"),
              rollback: flag(breaker, "rollback"),
            },
          }),
    },
    networkConfiguration: networkOf(record(inputs, "networkConfiguration")),
    propagateTags: optionalText(inputs, "propagateTags") as PropagateTags | undefined,
    enableECSManagedTags: flag(inputs, "enableEcsManagedTags"),
    enableExecuteCommand: flag(inputs, "enableExecuteCommand"),
  };
}

function networkOf(network: Props | undefined): NetworkConfiguration | undefined {
  if (network === undefined) return undefined;
  return {
    awsvpcConfiguration: {
      subnets: texts(network, "subnets"),
      securityGroups: texts(network, "securityGroups"),
      assignPublicIp: flag(network, "assignPublicIp") ? "ENABLED" : "DISABLED",
    },
  };
}

async function describe(
  ecs: ECSClient,
  cluster: string,
  arn: string,
): Promise<Service | undefined> {
  const command = new DescribeServicesCommand({ cluster, services: [arn] });
  const [found] = (await unlessMissing(ecs.send(command), ...missing))?.services ?? [];
  return found === undefined || found.status === "INACTIVE" ? undefined : found;
}

function liveService(found: Service, inputs: Props, tags: Record<string, string>): Live {
  const network = found.networkConfiguration?.awsvpcConfiguration;
  const configuration = found.deploymentConfiguration;
  const breaker = configuration?.deploymentCircuitBreaker;
  const live: Record<string, Value> = {
    taskDefinition: sameRevision(inputs["taskDefinition"], found.taskDefinition ?? ""),
    desiredCount: found.desiredCount ?? 0,
    launchType: found.launchType ?? null,
    deploymentMaximumPercent: configuration?.maximumPercent ?? null,
    deploymentMinimumHealthyPercent: configuration?.minimumHealthyPercent ?? null,
    deploymentCircuitBreaker:
      breaker === undefined
        ? null
        : { enable: breaker.enable ?? false, rollback: breaker.rollback ?? false },
    networkConfiguration:
      network === undefined
        ? null
        : {
            subnets: network.subnets ?? [],
            securityGroups: network.securityGroups ?? [],
            assignPublicIp: network.assignPublicIp === "ENABLED",
          },
  };
  const cluster = found.clusterArn ?? null;
  return {
    inputs: { ...given(inputs, live), name: found.serviceName ?? null, tags },
    outputs: { arn: found.serviceArn ?? null, cluster },
  };
}

/** A program may name a revision as `family:revision`; ECS always answers its ARN. */
function sameRevision(asked: Value | undefined, arn: string): Value {
  const named = typeof asked === "string" && arn.endsWith(`/${asked}`);
  return named ? asked : arn;
}

/** Throws with ECS's own last words when the deployment fails or does not come to rest. */
async function waitUntilSteady(
  ecs: ECSClient,
  cluster: string,
  arn: string,
  cancelled: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + steadyDeadline;
  for (;;) {
    const found = await describe(ecs, cluster, arn);
    const deployments = found?.deployments ?? [];
    const primary = deployments.find(({ status }) => status === "PRIMARY");
    if (primary?.rolloutState === "FAILED") {
      throw new ProviderError(
        `ECS Service (${arn}): deployment failed: ${primary.rolloutStateReason ?? ""} ${lastWords(found)}`,
      );
    }
    const counted = found !== undefined && found.runningCount === found.desiredCount;
    if (counted && deployments.length === 1 && primary?.rolloutState !== "IN_PROGRESS") return;
    if (Date.now() > deadline || cancelled.aborted) {
      throw new ProviderError(
        `${cancelled.aborted ? "interrupted while " : ""}waiting for ECS Service (${arn}) to be steady: ${found?.runningCount ?? 0} of ${found?.desiredCount ?? 0} tasks run. ${lastWords(found)}`,
      );
    }
    await sleep(pollEvery);
  }
}

function lastWords(found: Service | undefined): string {
  return (found?.events ?? [])
    .slice(0, 3)
    .map(({ message }) => message ?? "")
    .join(" ");
}

/** Takes the tasks down and waits until the service has drained, as the provider does. */
async function remove(ecs: ECSClient, cluster: string, arn: string): Promise<void> {
  if ((await describe(ecs, cluster, arn)) === undefined) return;
  await ecs.send(new UpdateServiceCommand({ cluster, service: arn, desiredCount: 0 }));
  const command = new DeleteServiceCommand({ cluster, service: arn, force: true });
  await unlessMissing(ecs.send(command), ...missing);
  const deadline = Date.now() + steadyDeadline;
  while ((await describe(ecs, cluster, arn)) !== undefined) {
    if (Date.now() > deadline) throw new ProviderError(`ECS Service (${arn}) does not drain.`);
    await sleep(pollEvery);
  }
}
