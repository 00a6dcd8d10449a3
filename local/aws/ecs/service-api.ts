import { z } from "zod";
import type { AwsRequest } from "../contract.ts";
import { operation, type JsonOperation } from "../json-service.ts";
import {
  ask,
  checkLaunch,
  checkNetwork,
  type EcsApi,
  invalid,
  launchInput,
  networkInput,
  pagedInput,
  pageOf,
  usable,
} from "./api.ts";
import { newDeployment, primaryOf, rollTo } from "./deployments.ts";
import { tagsInput } from "./register.ts";
import type { Cluster, NetworkConfiguration, Rollout, Service } from "./rows.ts";
import { serviceShape } from "./shapes.ts";

const deploymentInput = z.looseObject({
  maximumPercent: z.number().int().optional(),
  minimumHealthyPercent: z.number().int().optional(),
  deploymentCircuitBreaker: z.object({ enable: z.boolean(), rollback: z.boolean() }).optional(),
});

const shared = {
  cluster: z.string().optional(),
  desiredCount: z.number().int().min(0).optional(),
  deploymentConfiguration: deploymentInput.optional(),
  networkConfiguration: networkInput.optional(),
  propagateTags: z.enum(["SERVICE", "TASK_DEFINITION", "NONE"]).optional(),
  enableECSManagedTags: z.boolean().optional(),
  enableExecuteCommand: z.boolean().optional(),
  loadBalancers: z.array(z.unknown()).optional(),
  serviceRegistries: z.array(z.unknown()).optional(),
};

const createInput = z.looseObject({
  ...shared,
  ...launchInput,
  serviceName: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  taskDefinition: z.string(),
  schedulingStrategy: z.literal("REPLICA").optional(),
  deploymentController: z.object({ type: z.literal("ECS") }).optional(),
  tags: tagsInput,
});

const updateInput = z.looseObject({
  ...shared,
  service: z.string(),
  taskDefinition: z.string().optional(),
  forceNewDeployment: z.boolean().default(false),
});

export function serviceOperations(api: EcsApi): Record<string, JsonOperation> {
  const { store, scheduler } = api;
  const named = (request: AwsRequest, action: string, cluster: Cluster, given: string) => {
    const arn = store.serviceArn(cluster, given);
    ask(request, action, arn, { "ecs:cluster": cluster.arn });
    return store.service(cluster, given);
  };
  return {
    CreateService: operation(createInput, (input, request) => {
      const service = create(api, input, request);
      store.services.set(service.arn, service);
      scheduler.forgive(service.arn);
      scheduler.wake(service.arn);
      return { service: serviceShape(store, service, true) };
    }),
    UpdateService: operation(updateInput, (input, request) => {
      const cluster = store.cluster(input.cluster);
      const service = named(request, "ecs:UpdateService", cluster, input.service);
      if (service.status !== "ACTIVE") throw invalid("Service was not ACTIVE.");
      refuseBalancers(input);
      const updated = update(api, service, input);
      store.services.set(service.arn, updated);
      scheduler.wake(service.arn);
      return { service: serviceShape(store, updated, true) };
    }),
    DeleteService: operation(
      z.object({
        cluster: z.string().optional(),
        service: z.string(),
        force: z.boolean().default(false),
      }),
      (input, request) => {
        const cluster = store.cluster(input.cluster);
        const service = named(request, "ecs:DeleteService", cluster, input.service);
        if (service.desiredCount > 0 && !input.force)
          throw invalid("The service cannot be stopped while it is scaled above 0.");
        const draining: Service = { ...service, status: "DRAINING", desiredCount: 0 };
        store.services.set(service.arn, draining);
        scheduler.wake(service.arn);
        return { service: serviceShape(store, draining, true) };
      },
    ),
    DescribeServices: operation(
      z.object({
        cluster: z.string().optional(),
        services: z.array(z.string()).min(1).max(10),
        include: z.array(z.string()).default([]),
      }),
      (input, request) => {
        const cluster = store.cluster(input.cluster);
        const arns = input.services.map((given) => store.serviceArn(cluster, given));
        for (const arn of arns)
          ask(request, "ecs:DescribeServices", arn, { "ecs:cluster": cluster.arn });
        const found = arns.flatMap((arn) => store.services.get(arn) ?? []);
        const tags = input.include.includes("TAGS");
        return {
          services: found.map((one) => serviceShape(store, one, tags)),
          failures: arns
            .filter((arn) => !store.services.has(arn))
            .map((arn) => ({ arn, reason: "MISSING" })),
        };
      },
    ),
    ListServices: operation(
      z.object({
        cluster: z.string().optional(),
        launchType: z.string().optional(),
        ...pagedInput,
      }),
      (input, request) => {
        const cluster = store.cluster(input.cluster);
        ask(request, "ecs:ListServices", "*", { "ecs:cluster": cluster.arn });
        const all = store.services
          .values()
          .filter((one) => one.cluster === cluster.arn && one.status !== "INACTIVE");
        const { page, next } = pageOf(all, { maxResults: 10, ...input });
        return { serviceArns: page.map(({ arn }) => arn), ...next };
      },
    ),
  };
}

function create(
  { store }: EcsApi,
  input: z.infer<typeof createInput>,
  request: AwsRequest,
): Service {
  const cluster = store.cluster(input.cluster);
  const arn = store.serviceArn(cluster, input.serviceName);
  ask(request, "ecs:CreateService", arn, { "ecs:cluster": cluster.arn });
  refuseBalancers(input);
  checkLaunch(input);
  const definition = usable(store, input.taskDefinition);
  const network = checkNetwork(input.networkConfiguration);
  const existing = store.services.get(arn);
  if (existing?.status === "ACTIVE") throw invalid("Creation of service was not idempotent.");
  if (existing?.status === "DRAINING")
    throw invalid("Unable to Start a service that is still Draining.");
  const now = Date.now();
  return {
    arn,
    name: input.serviceName,
    cluster: cluster.arn,
    status: "ACTIVE",
    desiredCount: input.desiredCount ?? 1,
    deployments: [newDeployment(definition.arn, network, now)],
    rollout: rolloutOf(input.deploymentConfiguration),
    events: [],
    created: now,
    createdBy: request.principal.arn,
    tags: input.tags,
    propagateTags: input.propagateTags,
    shown: shownOf(input),
  };
}

/** A new task definition or network, or the wish for it, makes a new deployment; a count alone does not. */
function update(
  { store, scheduler }: EcsApi,
  service: Service,
  input: z.infer<typeof updateInput>,
) {
  const primary = primaryOf(service);
  const definition =
    input.taskDefinition === undefined
      ? primary.taskDefinition
      : usable(store, input.taskDefinition).arn;
  const network: NetworkConfiguration =
    input.networkConfiguration?.awsvpcConfiguration ?? primary.network;
  const changed: Service = {
    ...service,
    desiredCount: input.desiredCount ?? service.desiredCount,
    rollout: input.deploymentConfiguration
      ? rolloutOf(input.deploymentConfiguration, service.rollout)
      : service.rollout,
    propagateTags: input.propagateTags ?? service.propagateTags,
    shown: { ...service.shown, ...shownOf(input) },
  };
  const same =
    definition === primary.taskDefinition &&
    JSON.stringify(network) === JSON.stringify(primary.network);
  if (same && !input.forceNewDeployment) return changed;
  scheduler.forgive(service.arn);
  return rollTo(changed, definition, network, Date.now());
}

function rolloutOf(input: z.infer<typeof deploymentInput> | undefined, before?: Rollout): Rollout {
  return {
    maximumPercent: input?.maximumPercent ?? before?.maximumPercent ?? 200,
    minimumHealthyPercent: input?.minimumHealthyPercent ?? before?.minimumHealthyPercent ?? 100,
    breaker: input?.deploymentCircuitBreaker ??
      before?.breaker ?? { enable: false, rollback: false },
  };
}

function shownOf(input: {
  enableECSManagedTags?: boolean | undefined;
  enableExecuteCommand?: boolean | undefined;
}): Record<string, unknown> {
  const { enableECSManagedTags, enableExecuteCommand } = input;
  return {
    ...(enableECSManagedTags === undefined ? {} : { enableECSManagedTags }),
    ...(enableExecuteCommand === undefined ? {} : { enableExecuteCommand }),
  };
}

function refuseBalancers(input: {
  loadBalancers?: unknown[] | undefined;
  serviceRegistries?: unknown[] | undefined;
}): void {
  if ((input.loadBalancers?.length ?? 0) > 0 || (input.serviceRegistries?.length ?? 0) > 0)
    throw invalid("The local ECS has no load balancers and no service registries.");
}
