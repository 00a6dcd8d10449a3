import type * as pulumi from "@pulumi/pulumi";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint.js";
import type { Vpc } from "@pulumi/awsx/ec2/vpc.js";

/** What a worker calls besides S3. */
const SERVICES = ["ecr.api", "ecr.dkr", "logs", "sqs", "ssm"] as const;

export interface InterfaceEndpointsArgs {
  readonly vpc: Vpc;
  readonly region: string;
  readonly workers: SecurityGroup;
}

/** Private ways to the services that a worker calls: the workers' group may enter, nobody else. */
export function interfaceEndpoints(
  name: string,
  args: InterfaceEndpointsArgs,
  parent: pulumi.Resource,
): VpcEndpoint[] {
  // An option may be given up again, also where the foundation is protected.
  const child = { parent, protect: false };
  const group = new SecurityGroup(
    `${name}-endpoints`,
    {
      name: `${name}-endpoints`,
      vpcId: args.vpc.vpcId,
      description: "Causeway interface endpoints: HTTPS from the workers",
      ingress: [
        {
          protocol: "tcp",
          fromPort: 443,
          toPort: 443,
          securityGroups: [args.workers.id],
          description: "HTTPS from the workers",
        },
      ],
      egress: [],
      tags: { Name: `${name}-endpoints` },
    },
    child,
  );
  return SERVICES.map(
    (service) =>
      new VpcEndpoint(
        `${name}-${service.replace(".", "-")}`,
        {
          vpcId: args.vpc.vpcId,
          serviceName: `com.amazonaws.${args.region}.${service}`,
          vpcEndpointType: "Interface",
          subnetIds: args.vpc.privateSubnetIds,
          securityGroupIds: [group.id],
          privateDnsEnabled: true,
          tags: { Name: `${name}-${service}` },
        },
        child,
      ),
  );
}
