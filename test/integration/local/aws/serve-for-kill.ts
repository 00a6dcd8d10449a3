// A local AWS with one service, in a process of its own that a test kills. Prints the task's process id.
import {
  CreateClusterCommand,
  CreateServiceCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { until } from "../../../support/until.ts";
import { clients, IMAGE, startAws } from "./fixture.ts";

const aws = await startAws({ home: process.argv[2] ?? "" });
const { ecs } = clients(aws);
await ecs.send(new CreateClusterCommand({ clusterName: "c" }));
await ecs.send(
  new RegisterTaskDefinitionCommand({
    family: "f",
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ name: "main", image: IMAGE, command: ["serve"], stopTimeout: 2 }],
  }),
);
await ecs.send(
  new CreateServiceCommand({
    cluster: "c",
    serviceName: "s",
    taskDefinition: "f",
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: ["private-a"] } },
  }),
);
const pid = await until("the task", () =>
  Promise.resolve(
    aws.ecs.store.tasks.values().find((one) => one.lastStatus === "RUNNING")?.containers[0]?.pid,
  ),
);
process.stdout.write(`${pid}\n`);
