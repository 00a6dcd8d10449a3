import { optionalText, records, texts } from "../framework/access.ts";
import type { FunctionType } from "../framework/resource-type.ts";
import { ProviderError } from "../wire/errors.ts";
import type { Props } from "../wire/values.ts";
import { policyDocumentOf } from "./policy-document.ts";
import type { AwsScope } from "./scope.ts";
import { zonesOf } from "./zones.ts";

/** Functions that only tell where one is. */
export function lookups(): FunctionType<AwsScope>[] {
  return [
    { token: "aws:index/getCallerIdentity:getCallerIdentity", invoke: callerIdentity },
    { token: "aws:index/getRegion:getRegion", invoke: region },
    { token: "aws:index/getPartition:getPartition", invoke: partition },
    { token: "aws:index/getAvailabilityZones:getAvailabilityZones", invoke: availabilityZones },
    { token: "aws:iam/getPolicyDocument:getPolicyDocument", invoke: policyDocumentOf },
  ];
}

function callerIdentity(_args: Props, { accountId }: AwsScope): Props {
  return { accountId, arn: `arn:aws:iam::${accountId}:root`, id: accountId, userId: accountId };
}

function region(args: Props, scope: AwsScope): Props {
  const name = optionalText(args, "region") ?? optionalText(args, "name") ?? scope.region;
  if (name !== scope.region) throw new ProviderError(`the embedded AWS is in ${scope.region}`);
  return {
    description: "Causeway, on this machine",
    endpoint: `ec2.${name}.amazonaws.com`,
    id: name,
    name,
    region: name,
  };
}

function partition(_args: Props, scope: AwsScope): Props {
  return {
    dnsSuffix: "amazonaws.com",
    id: scope.partition,
    partition: scope.partition,
    reverseDnsPrefix: "com.amazonaws",
  };
}

function availabilityZones(args: Props, scope: AwsScope): Props {
  if (records(args, "filters").length > 0) {
    throw new ProviderError("getAvailabilityZones: filters are not in the embedded clouds yet");
  }
  const excluded = new Set([...texts(args, "excludeNames"), ...texts(args, "excludeZoneIds")]);
  const state = optionalText(args, "state") ?? "available";
  const zones = zonesOf(scope.region).filter(
    ({ name, id }) => state === "available" && !excluded.has(name) && !excluded.has(id),
  );
  return {
    ...args,
    id: scope.region,
    region: scope.region,
    groupNames: [scope.region],
    names: zones.map(({ name }) => name),
    zoneIds: zones.map(({ id }) => id),
  };
}
