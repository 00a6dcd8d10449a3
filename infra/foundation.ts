import * as pulumi from "@pulumi/pulumi";
import { cluster } from "./aws/cluster.ts";
import { executionRole } from "./aws/execution-role.ts";
import { PrivateBucket } from "./aws/private-bucket.ts";
import { workerImage, workerRepository } from "./aws/worker-image.ts";
import { LandingZone } from "./azure/landing-zone.ts";
import type { Cloud } from "./cloud.ts";
import type { Foundation } from "./foundation-outputs.ts";
import { foundationName, ledgerBucketName, ownBuckets } from "./names.ts";
import { egressAddress } from "./network/egress-address.ts";
import { interfaceEndpoints } from "./network/interface-endpoints.ts";
import { s3Endpoint } from "./network/s3-endpoint.ts";
import { vpc } from "./network/vpc.ts";
import { workerSecurityGroup } from "./network/worker-security-group.ts";
import type { FoundationSettings } from "./settings.ts";
import { foundationTags, tagged } from "./tags.ts";

export interface FoundationArgs {
  readonly environment: string;
  readonly cloud: Cloud;
  readonly subscriptionId: string;
  readonly settings: FoundationSettings;
  readonly data: "keep" | "delete";
}

const LEDGER_NONCURRENT_DAYS = 30;

/** What pipelines share: the network with its one address, the cluster and its image, and both clouds' storage. */
export class FoundationStack extends pulumi.ComponentResource {
  readonly outputs: Foundation;

  constructor(name: string, args: FoundationArgs, opts?: pulumi.ComponentResourceOptions) {
    const { environment, cloud, settings, data } = args;
    const tags = foundationTags(environment);
    // All of it or nothing: a destroy that stopped at what holds data would leave every pipeline half a foundation.
    const protect = data === "keep";
    super(
      "causeway:index:Foundation",
      name,
      {},
      { ...opts, protect, transformations: [tagged(tags)] },
    );
    const named = (part: string) => foundationName(environment, part);

    const egress = egressAddress(named("vpc"), this);
    const { cidr, zones } = settings;
    const network = vpc(named("vpc"), { cidr, zones, egress, tags }, this);
    const toS3 = s3Endpoint(named("vpc"), { vpc: network, ...args, ...settings }, this);
    const workers = workerSecurityGroup(named("vpc"), network.vpcId, this);
    const toServices = settings.interfaceEndpoints
      ? interfaceEndpoints(named("vpc"), { vpc: network, region: cloud.region, workers }, this)
      : [];

    const ecs = cluster(named("workers"), settings.logRetentionDays, this);
    const repository = workerRepository(named("worker"), environment, tags, this);
    const image = workerImage(named("worker"), repository, this);
    const executionRoleArn = executionRole(named("execution"), environment, cloud, this);

    const bucketName = ledgerBucketName(environment, cloud);
    const ledger = new PrivateBucket(
      named("ledger"),
      { bucketName, data, noncurrentDays: LEDGER_NONCURRENT_DAYS },
      { parent: this },
    );
    const azure = new LandingZone(
      named("landing"),
      { ...args, ...settings, location: settings.azureLocation, egressAddress: egress.publicIp },
      { parent: this },
    );

    this.outputs = {
      environment,
      region: cloud.region,
      vpcId: network.vpcId,
      privateSubnetIds: after([toS3, ...toServices], network.privateSubnetIds),
      publicSubnetIds: network.publicSubnetIds,
      workerSecurityGroupId: workers.id,
      egressAddress: egress.publicIp,
      clusterArn: ecs.arn,
      clusterName: ecs.name,
      repositoryUrl: repository.url,
      imageUri: image.imageUri,
      executionRoleArn,
      ledgerBucket: ledger.bucketName,
      azureResourceGroup: azure.resourceGroup,
      storageAccount: azure.storageAccount,
      blobEndpoint: azure.blobEndpoint,
      sourceBucketPatterns: [ownBuckets(environment), ...settings.sourceBuckets],
      logRetentionDays: settings.logRetentionDays,
    };
    this.registerOutputs({ ...this.outputs });
  }
}

/** A value that is there once the resources are: a task in a subnet without its endpoints could not start. */
function after<T>(
  resources: readonly pulumi.CustomResource[],
  value: pulumi.Output<T>,
): pulumi.Output<T> {
  return pulumi
    .all([value, pulumi.all(resources.map((resource) => resource.id))])
    .apply(([ready]) => ready) as pulumi.Output<T>;
}
