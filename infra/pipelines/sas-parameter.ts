import type * as pulumi from "@pulumi/pulumi";
import { Parameter } from "@pulumi/aws/ssm/parameter.js";
import { sasParameterName, type Owner } from "../names.ts";

/** Keeps a target's SAS where a worker reads it at run time: a new one takes effect without a deployment. */
export function sasParameter(
  owner: Owner,
  target: string,
  sas: pulumi.Output<string>,
  parent: pulumi.Resource,
): Parameter {
  const name = sasParameterName(owner, target);
  return new Parameter(
    name,
    {
      name,
      type: "SecureString",
      value: sas,
      description: `Causeway: container SAS of target ${target}`,
    },
    { parent, additionalSecretOutputs: ["value"] },
  );
}
