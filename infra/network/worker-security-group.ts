import type * as pulumi from "@pulumi/pulumi";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";

/** Workers call out by HTTPS and nobody calls them. Their names are resolved by the VPC's resolver, which no group filters. */
export function workerSecurityGroup(
  name: string,
  vpcId: pulumi.Input<string>,
  parent: pulumi.Resource,
): SecurityGroup {
  return new SecurityGroup(
    `${name}-workers`,
    {
      name: `${name}-workers`,
      vpcId,
      description: "Causeway workers: HTTPS out, nothing in",
      ingress: [],
      egress: [
        {
          protocol: "tcp",
          fromPort: 443,
          toPort: 443,
          cidrBlocks: ["0.0.0.0/0"],
          description: "HTTPS to the clouds",
        },
      ],
      tags: { Name: `${name}-workers` },
    },
    { parent },
  );
}
