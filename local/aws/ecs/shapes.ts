import type { Cluster, Deployment, Service, Tag, Task, TaskDefinition } from "./rows.ts";
import { taskHealth } from "./rows.ts";
import { primaryOf } from "./deployments.ts";
import type { EcsStore } from "./store.ts";

/** ECS gives times in seconds, milliseconds behind the point. */
const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

const withTags = (tags: readonly Tag[], wanted: boolean) => (wanted ? { tags } : {});

export function clusterShape(store: EcsStore, cluster: Cluster, tags: boolean): object {
  const tasks = store.tasks.values().filter((task) => task.cluster === cluster.arn);
  const count = (status: string) => tasks.filter((task) => task.lastStatus === status).length;
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: "ACTIVE",
    registeredContainerInstancesCount: 0,
    runningTasksCount: count("RUNNING"),
    pendingTasksCount: count("PENDING") + count("PROVISIONING"),
    activeServicesCount: store.services
      .values()
      .filter((one) => one.cluster === cluster.arn && one.status === "ACTIVE").length,
    settings: cluster.settings,
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: [],
    statistics: [],
    ...withTags(cluster.tags, tags),
  };
}

export function definitionShape(definition: TaskDefinition): object {
  const { containerDefinitions } = definition.registered;
  const containers = (containerDefinitions as object[]).map((one) => ({
    cpu: 0,
    portMappings: [],
    essential: true,
    environment: [],
    mountPoints: [],
    volumesFrom: [],
    systemControls: [],
    ...one,
  }));
  return {
    ...definition.registered,
    tags: undefined,
    containerDefinitions: containers,
    taskDefinitionArn: definition.arn,
    revision: definition.revision,
    status: definition.status,
    volumes: [],
    placementConstraints: [],
    compatibilities: ["EC2", "FARGATE"],
    registeredAt: seconds(definition.registeredAt),
    registeredBy: definition.registeredBy,
  };
}

export function taskShape(task: Task, tags: boolean): object {
  return {
    taskArn: task.arn,
    clusterArn: task.cluster,
    taskDefinitionArn: task.taskDefinition,
    group: task.group,
    startedBy: task.startedBy,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: taskHealth(task),
    launchType: "FARGATE",
    platformVersion: "1.4.0",
    createdAt: seconds(task.created),
    startedAt: seconds(task.started),
    stoppingAt: seconds(task.stopping),
    stoppedAt: seconds(task.stopped),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    overrides: { containerOverrides: task.overrides.containers },
    attachments: [
      {
        id: task.id,
        type: "ElasticNetworkInterface",
        status: task.lastStatus === "STOPPED" ? "DELETED" : "ATTACHED",
        details: [{ name: "subnetId", value: task.network.subnets[0] }],
      },
    ],
    containers: task.containers.map((one) => ({
      containerArn: `${task.arn.replace(":task/", ":container/")}/${one.name}`,
      taskArn: task.arn,
      name: one.name,
      image: one.image,
      lastStatus: one.lastStatus,
      exitCode: one.exitCode,
      reason: one.reason,
      healthStatus: one.health,
      runtimeId: one.pid === undefined ? undefined : String(one.pid),
    })),
    ...withTags(task.tags, tags),
  };
}

export function serviceShape(store: EcsStore, service: Service, tags: boolean): object {
  const tasks = store.tasksOf(service);
  const primary = primaryOf(service);
  return {
    ...service.shown,
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster,
    status: service.status,
    desiredCount: service.desiredCount,
    ...counts(tasks),
    launchType: "FARGATE",
    platformVersion: "LATEST",
    platformFamily: "Linux",
    taskDefinition: primary.taskDefinition,
    deploymentConfiguration: {
      maximumPercent: service.rollout.maximumPercent,
      minimumHealthyPercent: service.rollout.minimumHealthyPercent,
      deploymentCircuitBreaker: service.rollout.breaker,
    },
    deploymentController: { type: "ECS" },
    schedulingStrategy: "REPLICA",
    networkConfiguration: { awsvpcConfiguration: primary.network },
    deployments: service.deployments.map((one) => deploymentShape(one, service, tasks)),
    events: service.events.map((one) => ({ ...one, createdAt: seconds(one.createdAt) })),
    loadBalancers: [],
    serviceRegistries: [],
    placementConstraints: [],
    placementStrategy: [],
    propagateTags: service.propagateTags ?? "NONE",
    createdAt: seconds(service.created),
    createdBy: service.createdBy,
    ...withTags(service.tags, tags),
  };
}

function deploymentShape(one: Deployment, service: Service, tasks: readonly Task[]): object {
  const own = tasks.filter((task) => task.startedBy === one.id);
  return {
    id: one.id,
    status: one.status,
    taskDefinition: one.taskDefinition,
    desiredCount: one.status === "PRIMARY" ? service.desiredCount : 0,
    ...counts(own),
    failedTasks: one.failedTasks,
    createdAt: seconds(one.created),
    updatedAt: seconds(one.updated),
    launchType: "FARGATE",
    platformVersion: "1.4.0",
    networkConfiguration: { awsvpcConfiguration: one.network },
    rolloutState: one.rolloutState,
    rolloutStateReason: one.rolloutStateReason,
  };
}

function counts(tasks: readonly Task[]): { runningCount: number; pendingCount: number } {
  return {
    runningCount: tasks.filter(({ lastStatus }) => lastStatus === "RUNNING").length,
    pendingCount: tasks.filter(({ lastStatus }) => ["PENDING", "PROVISIONING"].includes(lastStatus))
      .length,
  };
}
