import * as pulumi from "@pulumi/pulumi";
import { container } from "../azure/container.ts";
import { containerSas } from "../azure/container-sas.ts";
import type { Foundation } from "../foundation-outputs.ts";
import { containerName, pipelineName, type Owner } from "../names.ts";
import type { CopySpec } from "../spec/copy.ts";
import { sasParameter } from "./sas-parameter.ts";

export type AzureTargetSpec = Extract<CopySpec["targets"][number], { type: "azure-blob" }>;

export interface AzureTargetArgs {
  readonly owner: Owner;
  readonly spec: AzureTargetSpec;
  readonly foundation: Foundation;
  readonly deletes: "ignore" | "mirror";
  readonly tags: "ignore" | "copy";
  readonly sasExpiresAt: string;
  readonly data: "keep" | "delete";
}

/** A container in the foundation's account, and the SAS by which the pipeline's workers write to it. */
export class AzureTarget extends pulumi.ComponentResource {
  readonly container: pulumi.Output<string>;
  readonly sasParameter: pulumi.Output<string>;
  readonly sasParameterArn: pulumi.Output<string>;

  constructor(name: string, args: AzureTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("causeway:pipelines:AzureTarget", name, {}, opts);
    const { owner, spec, foundation, deletes, tags, data } = args;
    const where = {
      account: foundation.storageAccount,
      resourceGroup: foundation.azureResourceGroup,
    };
    const made = container(
      pipelineName(owner, spec.name),
      { ...where, containerName: spec.container ?? containerName(owner, spec.name), data },
      this,
    );
    const sas = containerSas(
      { ...where, container: made.name, deletes, tags, expiresAt: args.sasExpiresAt },
      this,
    );
    const parameter = sasParameter(owner, spec.name, sas, this);
    this.container = made.name;
    this.sasParameter = parameter.name;
    this.sasParameterArn = parameter.arn;
    this.registerOutputs({ container: this.container, sasParameter: this.sasParameter });
  }
}
