import type * as pulumi from "@pulumi/pulumi";
import type { Eip } from "@pulumi/aws/ec2/eip.js";
// The whole module: it registers the classes by which the component's route tables come back as resources.
import "@pulumi/aws/ec2/index.js";
import { Vpc } from "@pulumi/awsx/ec2/vpc.js";
import type { Tags } from "../tags.ts";

export interface VpcArgs {
  readonly cidr: string;
  readonly zones: 2 | 3;
  readonly egress: Eip;
  readonly tags: Tags;
}

/** Public and private subnets in each zone, and one NAT gateway for all of them, at the given address. */
export function vpc(name: string, args: VpcArgs, parent: pulumi.Resource): Vpc {
  return new Vpc(
    name,
    {
      cidrBlock: args.cidr,
      numberOfAvailabilityZones: args.zones,
      subnetStrategy: "Auto",
      subnetSpecs: [{ type: "Public" }, { type: "Private" }],
      natGateways: { strategy: "Single", elasticIpAllocationIds: [args.egress.allocationId] },
      enableDnsHostnames: true,
      enableDnsSupport: true,
      // A remote component's children are out of reach of transformations: it passes these on itself.
      tags: { ...args.tags },
    },
    { parent },
  );
}
