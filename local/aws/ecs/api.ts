import { z } from "zod";
import type { AwsRequest } from "../contract.ts";
import { AwsError } from "../contract.ts";
import { enforce, type Identity } from "../identity/identity.ts";
import type { NetworkConfiguration, TaskDefinition } from "./rows.ts";
import type { Scheduler } from "./scheduler.ts";
import type { EcsStore } from "./store.ts";
import { client } from "./register.ts";

/** What every part of the ECS API works on. */
export interface EcsApi {
  readonly store: EcsStore;
  readonly scheduler: Scheduler;
  readonly identity: Identity;
}

export const networkInput = z.object({
  awsvpcConfiguration: z.object({
    subnets: z.array(z.string()).min(1).max(16),
    securityGroups: z.array(z.string()).max(5).default([]),
    assignPublicIp: z.enum(["ENABLED", "DISABLED"]).default("DISABLED"),
  }),
});

/** The launch that is asked for must be Fargate's. */
export const launchInput = {
  launchType: z.string().optional(),
  capacityProviderStrategy: z.array(z.looseObject({ capacityProvider: z.string() })).optional(),
};

export function checkLaunch(input: {
  launchType?: string | undefined;
  capacityProviderStrategy?: { capacityProvider: string }[] | undefined;
}): void {
  const kinds = (input.capacityProviderStrategy ?? []).map((one) => one.capacityProvider);
  const asked = input.launchType === undefined ? kinds : [input.launchType];
  for (const kind of asked)
    if (kind !== "FARGATE" && kind !== "FARGATE_SPOT")
      throw client(`The local ECS runs Fargate tasks only, not ${kind}.`);
  if (asked.length === 0)
    throw client(
      "No container instances were found in your cluster: the launch type must be FARGATE.",
    );
}

/** @throws AwsError, when Fargate has no network to put the task in. */
export function checkNetwork(
  input: z.infer<typeof networkInput> | undefined,
): NetworkConfiguration {
  if (input === undefined)
    throw invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  return input.awsvpcConfiguration;
}

/** @throws AwsError, when there is none that may be used. */
export function usable(store: EcsStore, given: string): TaskDefinition {
  const definition = store.definition(given);
  if (definition === undefined) throw client("Unable to describe task definition.");
  if (definition.status === "INACTIVE") throw client("TaskDefinition is inactive");
  return definition;
}

export function ask(
  request: AwsRequest,
  action: string,
  resource: string,
  context: Record<string, string> = {},
): void {
  enforce(request.authorize({ action, resource, context }));
}

/** Whoever has ECS use a role must be allowed to pass it. */
export function askPassRole(request: AwsRequest, roleArn: string | undefined): void {
  if (roleArn === undefined) return;
  ask(request, "iam:PassRole", roleArn, { "iam:PassedToService": "ecs-tasks.amazonaws.com" });
}

export function invalid(message: string): AwsError {
  return new AwsError("InvalidParameterException", 400, message);
}

/** A page of a list of ARNs: `maxResults` and an offset as the token. */
export function pageOf<T>(
  all: readonly T[],
  input: { maxResults?: number | undefined; nextToken?: string | undefined },
): { page: T[]; next: { nextToken?: string } } {
  const start = Number(input.nextToken ?? "0");
  if (!Number.isInteger(start)) throw invalid("Invalid token.");
  const end = start + (input.maxResults ?? 100);
  return { page: all.slice(start, end), next: end < all.length ? { nextToken: String(end) } : {} };
}

export const pagedInput = {
  maxResults: z.number().int().min(1).max(100).optional(),
  nextToken: z.string().optional(),
};
