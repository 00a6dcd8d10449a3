import type { Network } from "../../aws/network/network.ts";
import type { Scaling } from "../../aws/scaling/scaling.ts";
import type { Scheduler } from "../../aws/scheduler/scheduler.ts";
import { Provider } from "../framework/provider.ts";
import type { FunctionType, ResourceType } from "../framework/resource-type.ts";
import { readSchema } from "../schema/schema.ts";
import { alarmTypes } from "./alarms.ts";
import { scalingTypes } from "./appautoscaling.ts";
import { addressTypes } from "./ec2-addresses.ts";
import { endpointTypes } from "./ec2-endpoints.ts";
import { routingTypes } from "./ec2-routing.ts";
import { securityTypes } from "./ec2-security.ts";
import { vpcTypes } from "./ec2-vpc.ts";
import type { AwsClients } from "./clients.ts";
import { ecrTypes } from "./ecr.ts";
import { ecsTypes } from "./ecs.ts";
import { iamTypes } from "./iam.ts";
import { kmsTypes } from "./kms.ts";
import { logTypes } from "./logs.ts";
import { lookups } from "./lookups.ts";
import type { Records } from "../framework/recorded.ts";
import { configureAws, type AwsPlace, type AwsScope } from "./scope.ts";
import { notificationLookup } from "./s3-notification.ts";
import { s3Types } from "./s3.ts";
import { schedulerTypes } from "./scheduler.ts";
import { snsTypes } from "./sns.ts";
import { sqsTypes } from "./sqs.ts";
import { ssmTypes } from "./ssm.ts";
import { separateTags, withTagsAll } from "./tags.ts";

export type AwsType = ResourceType<AwsScope>;
export type AwsFunction = FunctionType<AwsScope>;

export interface AwsParts {
  readonly place: AwsPlace;
  readonly network: Network;
  readonly records: Records;
  readonly clients: AwsClients;
  readonly scaling: Scaling;
  readonly scheduler: Scheduler;
}

/** The stand-in for pulumi-aws: every type it serves, one file per service. */
export function awsProvider(parts: AwsParts): Provider<AwsScope> {
  const schema = readSchema("aws");
  const { network, place, records, clients, scaling, scheduler } = parts;
  const types = [
    ...vpcTypes(network),
    ...routingTypes(network),
    ...addressTypes(network),
    ...endpointTypes(network),
    ...securityTypes(network),
    ...ecrTypes(records),
    ...kmsTypes(records),
    ...alarmTypes(records),
    ...s3Types(clients.s3),
    ...sqsTypes(clients.sqs),
    ...snsTypes(clients.sns),
    ...iamTypes(clients.iam),
    ...logTypes(clients.logs),
    ...ssmTypes(clients.ssm),
    ...ecsTypes(clients.ecs, records),
    ...scalingTypes(scaling),
    ...schedulerTypes(scheduler),
  ];
  return new Provider<AwsScope>({
    schema,
    types: types.map(inOneRegion),
    functions: [...lookups(), notificationLookup(clients.s3)],
    configure: (config, cancelled) => configureAws(config, place, cancelled),
    complete: (inputs, token, scope) => {
      const resource = schema.resources[token];
      return resource === undefined ? inputs : withTagsAll(inputs, resource, scope);
    },
    finish: (token, live, inputs, scope) => {
      const hasRegion = schema.resources[token]?.outputs.includes("region") === true;
      const outputs = hasRegion ? { region: scope.region, ...live.outputs } : live.outputs;
      return separateTags({ ...live, outputs }, inputs, scope);
    },
  });
}

/** Every regional type takes a `region`, and moving one to another region replaces it. */
function inOneRegion(type: AwsType): AwsType {
  return { ...type, replaceOn: [...(type.replaceOn ?? []), "region"] };
}
