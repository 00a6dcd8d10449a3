import type * as pulumi from "@pulumi/pulumi";
import { Eip } from "@pulumi/aws/ec2/eip.js";

/**
 * The one address by which everything leaves. Made here and not by the VPC component, so that the firewall's
 * rule depends on it: a change of the address shows in the preview as a change of the firewall.
 */
export function egressAddress(name: string, parent: pulumi.Resource): Eip {
  return new Eip(`${name}-egress`, { domain: "vpc", tags: { Name: `${name}-egress` } }, { parent });
}
