import { z } from "zod";
import { operation, type JsonOperation } from "../json-service.ts";
import {
  ask,
  askPassRole,
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
import { checkDefinition, client, registerInput, tagsInput } from "./register.ts";
import type { Overrides, Task, TaskDefinition } from "./rows.ts";
import { definitionShape, taskShape } from "./shapes.ts";

export function definitionOperations({ store }: EcsApi): Record<string, JsonOperation> {
  return {
    RegisterTaskDefinition: operation(registerInput, (input, request) => {
      const { family, tags, taskRoleArn, executionRoleArn } = input;
      ask(request, "ecs:RegisterTaskDefinition", store.arn("task-definition", `${family}:*`));
      askPassRole(request, taskRoleArn);
      askPassRole(request, executionRoleArn);
      const containers = checkDefinition(input);
      const last = store.definitions.values().filter((one) => one.family === family);
      const revision = Math.max(0, ...last.map((one) => one.revision)) + 1;
      const definition: TaskDefinition = {
        arn: store.arn("task-definition", `${family}:${revision}`),
        family,
        revision,
        status: "ACTIVE",
        taskRoleArn,
        executionRoleArn,
        containers,
        registered: input,
        registeredAt: Date.now(),
        registeredBy: request.principal.arn,
        tags,
      };
      store.definitions.set(definition.arn, definition);
      return { taskDefinition: definitionShape(definition), tags };
    }),
    DeregisterTaskDefinition: operation(
      z.object({ taskDefinition: z.string() }),
      ({ taskDefinition: given }, request) => {
        const definition = store.definition(given);
        ask(request, "ecs:DeregisterTaskDefinition", "*");
        if (definition === undefined) throw client("The specified task definition does not exist.");
        const inactive: TaskDefinition = { ...definition, status: "INACTIVE" };
        store.definitions.set(definition.arn, inactive);
        return { taskDefinition: definitionShape(inactive) };
      },
    ),
    DescribeTaskDefinition: operation(
      z.object({ taskDefinition: z.string(), include: z.array(z.string()).default([]) }),
      ({ taskDefinition: given, include }, request) => {
        ask(request, "ecs:DescribeTaskDefinition", "*");
        const definition = store.definition(given);
        if (definition === undefined) throw client("Unable to describe task definition.");
        const tags = include.includes("TAGS") ? { tags: definition.tags } : {};
        return { taskDefinition: definitionShape(definition), ...tags };
      },
    ),
    ListTaskDefinitions: operation(
      z.object({
        familyPrefix: z.string().optional(),
        status: z.string().default("ACTIVE"),
        sort: z.string().optional(),
        ...pagedInput,
      }),
      (input, request) => {
        ask(request, "ecs:ListTaskDefinitions", "*");
        const all = store.definitions
          .values()
          .filter((one) => one.status === input.status)
          .filter((one) => input.familyPrefix === undefined || one.family === input.familyPrefix)
          .map(({ arn }) => arn);
        if (input.sort === "DESC") all.reverse();
        const { page, next } = pageOf(all, input);
        return { taskDefinitionArns: page, ...next };
      },
    ),
  };
}

const pair = z.object({ name: z.string(), value: z.string() });
const runInput = z.looseObject({
  cluster: z.string().optional(),
  taskDefinition: z.string(),
  count: z.number().int().min(1).max(10).default(1),
  group: z.string().optional(),
  startedBy: z.string().max(128).optional(),
  networkConfiguration: networkInput.optional(),
  overrides: z
    .looseObject({
      containerOverrides: z
        .array(
          z.looseObject({
            name: z.string(),
            command: z.array(z.string()).optional(),
            environment: z.array(pair).default([]),
          }),
        )
        .default([]),
    })
    .default({ containerOverrides: [] }),
  tags: tagsInput,
  ...launchInput,
});

export function taskOperations({ store, scheduler }: EcsApi): Record<string, JsonOperation> {
  const shown = (task: Task, include: readonly string[] = []) =>
    taskShape(task, include.includes("TAGS"));
  return {
    RunTask: operation(runInput, (input, request) => {
      const cluster = store.cluster(input.cluster);
      const definition = usable(store, input.taskDefinition);
      ask(request, "ecs:RunTask", definition.arn, { "ecs:cluster": cluster.arn });
      askPassRole(request, definition.taskRoleArn);
      askPassRole(request, definition.executionRoleArn);
      checkLaunch(input);
      const network = checkNetwork(input.networkConfiguration);
      const overrides: Overrides = { containers: input.overrides.containerOverrides };
      for (const { name } of overrides.containers)
        if (!definition.containers.some((one) => one.name === name))
          throw invalid(
            `Override for container named ${name} is not a container in the TaskDefinition.`,
          );
      const { tags, startedBy } = input;
      const group = input.group ?? `family:${definition.family}`;
      const start = {
        cluster: cluster.arn,
        definition,
        group,
        startedBy,
        network,
        overrides,
        tags,
      };
      const tasks = Array.from({ length: input.count }, () => scheduler.runTask(start));
      return { tasks: tasks.map((task) => shown(task, ["TAGS"])), failures: [] };
    }),
    StopTask: operation(
      z.object({
        cluster: z.string().optional(),
        task: z.string(),
        reason: z.string().max(1024).optional(),
      }),
      (input, request) => {
        const task = store.task(store.cluster(input.cluster), input.task);
        ask(request, "ecs:StopTask", task?.arn ?? store.arn("task", "*"));
        if (task === undefined) throw invalid("The referenced task was not found.");
        const reason = input.reason ?? "Task stopped by user";
        void scheduler.stopTask(task.arn, "UserInitiated", reason);
        return { task: shown(store.tasks.get(task.arn) ?? task) };
      },
    ),
    DescribeTasks: operation(
      z.object({
        cluster: z.string().optional(),
        tasks: z.array(z.string()).min(1).max(100),
        include: z.array(z.string()).default([]),
      }),
      (input, request) => {
        const cluster = store.cluster(input.cluster);
        const found: Task[] = [];
        const failures: object[] = [];
        for (const given of input.tasks) {
          const task = store.task(cluster, given);
          const arn = task?.arn ?? store.arn("task", `${cluster.name}/${given}`);
          ask(request, "ecs:DescribeTasks", arn, { "ecs:cluster": cluster.arn });
          if (task === undefined) failures.push({ arn, reason: "MISSING" });
          else found.push(task);
        }
        return { tasks: found.map((task) => shown(task, input.include)), failures };
      },
    ),
    ListTasks: operation(
      z.object({
        cluster: z.string().optional(),
        serviceName: z.string().optional(),
        family: z.string().optional(),
        startedBy: z.string().optional(),
        desiredStatus: z.enum(["RUNNING", "PENDING", "STOPPED"]).default("RUNNING"),
        launchType: z.string().optional(),
        ...pagedInput,
      }),
      (input, request) => {
        const cluster = store.cluster(input.cluster);
        ask(request, "ecs:ListTasks", "*", { "ecs:cluster": cluster.arn });
        const { serviceName, family, startedBy } = input;
        const name = serviceName?.slice(serviceName.lastIndexOf("/") + 1);
        const all = store.tasks
          .values()
          .filter((task) => task.cluster === cluster.arn)
          .filter((task) => task.desiredStatus === input.desiredStatus)
          .filter((task) => name === undefined || task.group === `service:${name}`)
          .filter((task) => startedBy === undefined || task.startedBy === startedBy)
          .filter((task) => family === undefined || task.taskDefinition.includes(`/${family}:`));
        const { page, next } = pageOf(all, input);
        return { taskArns: page.map(({ arn }) => arn), ...next };
      },
    ),
  };
}
