import { numberOf, textOf, type PlannedResource } from "../planned.ts";
import { HOURS_PER_MONTH, PRICES_AS_OF, pricesIn, type Prices } from "./prices.ts";

export interface CostLine {
  readonly urn: string;
  readonly name: string;
  readonly monthlyUsd: number;
  /** How the figure comes about: `2 workers x (0.5 vCPU, 1 GB) x 730 h`. */
  readonly how: string;
}

export interface CostEstimate {
  /** Of what rests, per month. */
  readonly monthlyUsd: number;
  readonly lines: readonly CostLine[];
  readonly assumptions: readonly string[];
  /** The date of the price table. */
  readonly pricesAsOf: string;
}

interface Priced {
  readonly monthlyUsd: number;
  readonly how: string;
}

type Pricer = (
  resource: PlannedResource,
  prices: Prices,
  all: readonly PlannedResource[],
) => Priced | undefined;

/** What costs money at rest. A type that is not here costs nothing until it is used, or too little to say. */
const PRICERS: Readonly<Record<string, Pricer>> = {
  "aws:ec2/natGateway:NatGateway": (_resource, { natGatewayHour }) =>
    hourly(natGatewayHour, "a NAT gateway"),
  "aws:ec2/eip:Eip": (_resource, { publicAddressHour }) =>
    hourly(publicAddressHour, "a public address"),
  "aws:ec2/vpcEndpoint:VpcEndpoint": interfaceEndpoint,
  "aws:kms/key:Key": (_resource, { kmsKeyMonth }) => ({ monthlyUsd: kmsKeyMonth, how: "a key" }),
  "aws:cloudwatch/metricAlarm:MetricAlarm": (_resource, { alarmMonth }) => ({
    monthlyUsd: alarmMonth,
    how: "an alarm",
  }),
  "aws:ecs/service:Service": workers,
  "aws:sqs/queue:Queue": polling,
};

/** What a set of resources costs per month while nothing moves. Pure. */
export function estimate(resources: readonly PlannedResource[], region: string): CostEstimate {
  const { of, prices } = pricesIn(region);
  const lines = resources.flatMap((resource): CostLine[] => {
    const priced = PRICERS[resource.type]?.(resource, prices, resources);
    return priced === undefined ? [] : [{ urn: resource.urn, name: resource.name, ...priced }];
  });
  return {
    monthlyUsd: cents(lines.reduce((sum, line) => sum + line.monthlyUsd, 0)),
    lines: lines.map((line) => ({ ...line, monthlyUsd: cents(line.monthlyUsd) })),
    assumptions: assumptionsFor(of, region),
    pricesAsOf: PRICES_AS_OF,
  };
}

function assumptionsFor(of: string, region: string): string[] {
  return [
    `List prices of ${of} in US dollars, ${HOURS_PER_MONTH} hours a month, without taxes and discounts.`,
    ...(of === region ? [] : [`The table has no prices of ${region}.`]),
    "As many workers as the spec's minimum; more while there is work.",
    "Without what moves: requests, egress, storage and logs grow with the data.",
  ];
}

function hourly(perHour: number, what: string): Priced {
  return { monthlyUsd: perHour * HOURS_PER_MONTH, how: `${what} x ${HOURS_PER_MONTH} h` };
}

function interfaceEndpoint(
  resource: PlannedResource,
  { interfaceEndpointHour }: Prices,
): Priced | undefined {
  if (textOf(resource, "vpcEndpointType") !== "Interface") return undefined;
  const subnets = resource.inputs["subnetIds"];
  const zones = Array.isArray(subnets) ? subnets.length : 2;
  return hourly(interfaceEndpointHour * zones, `an interface endpoint in ${zones} zones`);
}

function workers(
  resource: PlannedResource,
  prices: Prices,
  all: readonly PlannedResource[],
): Priced {
  const task = all.find(({ type }) => type === "aws:ecs/taskDefinition:TaskDefinition");
  const cpu = Number(task && textOf(task, "cpu")) / 1024 || 0.5;
  const gigabytes = Number(task && textOf(task, "memory")) / 1024 || 1;
  const count = minimumOf(resource, all) ?? numberOf(resource, "desiredCount") ?? 1;
  const { cpuHour, gigabyteHour } = prices.fargate[architectureOf(task)];
  const perHour = count * (cpu * cpuHour + gigabytes * gigabyteHour);
  return hourly(
    perHour,
    `${count} worker${count === 1 ? "" : "s"} of ${cpu} vCPU, ${gigabytes} GB`,
  );
}

/** What the scaling of a service keeps running; its own count is the fleet's at the moment. */
function minimumOf(service: PlannedResource, all: readonly PlannedResource[]): number | undefined {
  const scaling = all.find(
    ({ type, name }) => type === "aws:appautoscaling/target:Target" && name === service.name,
  );
  return scaling && numberOf(scaling, "minCapacity");
}

function architectureOf(task: PlannedResource | undefined): "X86_64" | "ARM64" {
  const platform = task?.inputs["runtimePlatform"] as { cpuArchitecture?: unknown } | undefined;
  return platform?.cpuArchitecture === "ARM64" ? "ARM64" : "X86_64";
}

/** An idle worker's two pollers ask three times a minute each. */
function polling(resource: PlannedResource, { sqsThousand }: Prices): Priced | undefined {
  const wait = numberOf(resource, "receiveWaitTimeSeconds");
  if (wait === undefined || wait === 0) return undefined;
  const requests = 2 * (3600 / wait) * HOURS_PER_MONTH;
  const how = `${Math.round(requests / 1000)} thousand polls of one worker`;
  return { monthlyUsd: (requests / 1000) * sqsThousand, how };
}

function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
