import { z } from "zod";
import { AwsError } from "../contract.ts";
import { isEcrImage } from "./image.ts";
import type { ContainerDefinition } from "./rows.ts";

const pair = z.object({ name: z.string(), value: z.string() });
export const tagsInput = z.array(z.object({ key: z.string(), value: z.string() })).default([]);

const healthCheck = z.object({
  command: z.array(z.string()).min(1),
  interval: z.number().int().min(5).max(300).default(30),
  timeout: z.number().int().min(2).max(60).default(5),
  startPeriod: z.number().int().min(0).max(300).default(0),
  retries: z.number().int().min(1).max(10).default(3),
});

const mountPoint = z.looseObject({ sourceVolume: z.string(), containerPath: z.string() });

const container = z.looseObject({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  image: z.string().min(1),
  essential: z.boolean().default(true),
  entryPoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.array(pair).default([]),
  secrets: z.array(z.object({ name: z.string(), valueFrom: z.string() })).default([]),
  stopTimeout: z.number().int().min(0).max(120).optional(),
  logConfiguration: z
    .looseObject({
      logDriver: z.string(),
      options: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
  healthCheck: healthCheck.optional(),
  mountPoints: z.array(mountPoint).default([]),
});

/** The input of RegisterTaskDefinition, as far as the local ECS acts on it; the rest is kept and shown. */
export const registerInput = z.looseObject({
  family: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  taskRoleArn: z.string().optional(),
  executionRoleArn: z.string().optional(),
  networkMode: z.string().optional(),
  containerDefinitions: z.array(container).min(1),
  requiresCompatibilities: z.array(z.string()).default([]),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  volumes: z.array(z.looseObject({ name: z.string() })).default([]),
  tags: tagsInput,
});

export type RegisterInput = z.infer<typeof registerInput>;

/** What changes how a container runs and is not built here: refused by name rather than left out in silence. */
const NOT_HERE = {
  task: ["proxyConfiguration", "inferenceAccelerators", "pidMode", "ipcMode"],
  container: [
    "dependsOn",
    "environmentFiles",
    "firelensConfiguration",
    "links",
    "repositoryCredentials",
    "resourceRequirements",
    "volumesFrom",
  ],
} as const;

/** Memory that Fargate has for each size of CPU, MiB: least, most, step. */
const MEMORY: Readonly<Record<string, readonly number[]>> = {
  "256": [512, 1024, 2048],
  "512": range(1024, 4096, 1024),
  "1024": range(2048, 8192, 1024),
  "2048": range(4096, 16_384, 1024),
  "4096": range(8192, 30_720, 1024),
  "8192": range(16_384, 61_440, 4096),
  "16384": range(32_768, 122_880, 8192),
};

/** Refuses what Fargate refuses, and what the local ECS cannot do. @throws AwsError ClientException */
export function checkDefinition(input: RegisterInput): ContainerDefinition[] {
  refuse("", input, NOT_HERE.task);
  for (const one of input.containerDefinitions)
    refuse(`containerDefinitions[${one.name}].`, one, NOT_HERE.container);
  const names = input.containerDefinitions.map(({ name }) => name);
  if (new Set(names).size !== names.length)
    throw client("Container names must be unique within a task definition.");
  if (!input.containerDefinitions.some(({ essential }) => essential))
    throw client("Task definition does not have any essential containers.");
  checkFargate(input);
  checkVolumes(input);
  for (const one of input.containerDefinitions) checkContainer(one, input.executionRoleArn);
  return input.containerDefinitions;
}

function checkFargate(input: RegisterInput): void {
  if (input.requiresCompatibilities.some((kind) => kind !== "FARGATE"))
    throw client("The local ECS runs Fargate tasks only: requiresCompatibilities must be FARGATE.");
  if (input.networkMode !== "awsvpc") throw client("Fargate only supports network mode 'awsvpc'.");
  const cpu = size(input.cpu, 1024);
  const memory = size(input.memory, 1024);
  if (cpu === undefined || memory === undefined)
    throw client("Fargate requires that 'cpu' and 'memory' be defined at the task level.");
  if (!(MEMORY[String(cpu)] ?? []).includes(memory))
    throw client("No Fargate configuration exists for given values.");
}

/** A task's temporary folder stands for a volume of its own at /tmp: the only kind that is built here. */
function checkVolumes({ volumes, containerDefinitions }: RegisterInput): void {
  for (const { name, ...kind } of volumes) refuse(`volumes[${name}].`, kind, Object.keys(kind));
  for (const { sourceVolume, containerPath } of containerDefinitions.flatMap(
    (one) => one.mountPoints,
  )) {
    if (!volumes.some(({ name }) => name === sourceVolume))
      throw client(`Unknown volume '${sourceVolume}'.`);
    if (containerPath !== "/tmp")
      throw client(`The local ECS mounts volumes at /tmp only, not at ${containerPath}.`);
  }
}

function checkContainer(one: ContainerDefinition, executionRole: string | undefined): void {
  const driver = one.logConfiguration?.logDriver ?? "awslogs";
  if (driver !== "awslogs") throw client(`The local ECS has no log driver "${driver}".`);
  const options = one.logConfiguration?.options;
  if (options !== undefined && (!options["awslogs-group"] || !options["awslogs-region"]))
    throw client("Log driver awslogs requires options: awslogs-group, awslogs-region.");
  if (options !== undefined && !options["awslogs-stream-prefix"])
    throw client("Log driver awslogs requires option awslogs-stream-prefix on Fargate.");
  const kind = one.healthCheck?.command[0];
  if (kind !== undefined && !["CMD", "CMD-SHELL", "NONE"].includes(kind))
    throw client("HealthCheck command must start with CMD, CMD-SHELL or NONE.");
  if (executionRole !== undefined) return;
  const needs = "Fargate requires task definition to have execution role ARN to support";
  if (isEcrImage(one.image)) throw client(`${needs} ECR images.`);
  if (options !== undefined) throw client(`${needs} log driver awslogs.`);
  if (one.secrets.length > 0)
    throw client(
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    );
}

function refuse(where: string, given: object, fields: readonly string[]): void {
  for (const field of fields) {
    const value = (given as Record<string, unknown>)[field];
    const empty = value === undefined || (Array.isArray(value) && value.length === 0);
    if (!empty) throw client(`The local ECS does not support ${where}${field}.`);
  }
}

/** `512`, `0.5 vCPU` or `1 GB`. */
function size(text: string | undefined, unit: number): number | undefined {
  const match = /^([\d.]+)\s*(vcpu|gb|mb|mib)?$/i.exec(text ?? "");
  if (match === null) return undefined;
  const scaled = /vcpu|gb/i.test(match[2] ?? "");
  return Number(match[1]) * (scaled ? unit : 1);
}

function range(least: number, most: number, step: number): number[] {
  return Array.from({ length: (most - least) / step + 1 }, (_one, index) => least + index * step);
}

export function client(message: string): AwsError {
  return new AwsError("ClientException", 400, message);
}
