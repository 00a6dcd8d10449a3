import { text } from "../framework/access.ts";
import { reveal, type Props, type Value } from "../wire/values.ts";
import { all, type Child, type Component } from "./component.ts";
import type { VpcArgs } from "./vpc-args.ts";

const passedOn = [
  "autoAccept",
  "dnsOptions",
  "ipAddressType",
  "policy",
  "privateDnsEnabled",
  "region",
  "resourceConfigurationArn",
  "routeTableIds",
  "securityGroupIds",
  "serviceName",
  "serviceNetworkArn",
  "serviceRegion",
  "subnetConfigurations",
  "subnetIds",
  "tags",
  "vpcEndpointType",
];

/** What strategy "Auto" fills in where a spec leaves it out. */
export interface Generated {
  readonly routeTableIds: Value[];
  readonly subnetIds: Value[];
}

/** An aws.ec2.VpcEndpoint for each spec, named by its service as in the real component. */
export function vpcEndpoints(
  component: Component,
  args: VpcArgs,
  common: Props,
  vpc: Child,
  generated: Generated,
): Promise<Child[]> {
  return all(
    args.endpointSpecs.map((spec) => {
      const given = passedOn.flatMap((key): [string, Value][] => {
        const value = spec[key];
        return value === undefined || value === null ? [] : [[key, value]];
      });
      const props = { ...common, ...Object.fromEntries(given), vpcId: vpc.id };
      const filled = args.endpoints === "Auto" ? { ...fill(spec, generated), ...props } : props;
      return component.child("aws:ec2/vpcEndpoint:VpcEndpoint", text(spec, "serviceName"), filled, {
        parent: vpc.urn,
        dependsOn: [vpc.urn],
      });
    }),
  );
}

function fill(spec: Props, generated: Generated): Props {
  const type = reveal(spec["vpcEndpointType"] ?? "Gateway");
  if (type === "Gateway") return { routeTableIds: generated.routeTableIds };
  return type === "Interface" ? { subnetIds: generated.subnetIds } : {};
}
