import { LocalAws } from "../../../local/aws/aws.ts";
import { Network } from "../../../local/aws/network/network.ts";
import { LocalAzure } from "../../../local/azure/azure.ts";
import { startProviders } from "../../../local/providers/start.ts";

/** The embedded AWS with its provider, and what a service needs to build in it. */
export async function startEmbedded() {
  const network = new Network();
  const aws = await LocalAws.start({
    port: 0,
    network,
    images: { resolve: () => Promise.resolve(undefined) },
    translate: (_egress, value) => value,
  });
  const azure = await LocalAzure.start({ port: 0 });
  const images = { build: (url: string) => Promise.resolve({ imageUri: url }) };
  const providers = await startProviders({ aws, azure, network, images });
  const { endpoint, region, adminCredentials } = aws;
  return {
    /** For an AWS SDK client. */
    operator: { endpoint, region, credentials: adminCredentials, forcePathStyle: true },
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: adminCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: adminCredentials.secretAccessKey,
      PULUMI_DEBUG_PROVIDERS: providers.debugProviders,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
    inventory: () => aws.inventory(),
    close: async () => {
      await providers.close();
      await aws.close();
      await azure.close();
    },
  };
}
