import { join } from "node:path";
import type { Network } from "../aws/network/network.ts";
import type { Scaling } from "../aws/scaling/scaling.ts";
import type { Scheduler } from "../aws/scheduler/scheduler.ts";
import type { Arm } from "../azure/arm/arm.ts";
import { Table } from "../table.ts";
import { awsProvider } from "./aws/aws.ts";
import { awsClients, closeClients } from "./aws/clients.ts";
import { azureProvider } from "./azure/azure.ts";
import { awsxPackage } from "./awsx/awsx.ts";
import { componentMethods } from "./awsx/construct.ts";
import type { ImageBuilder } from "./awsx/image.ts";
import type { Recorded, Records } from "./framework/recorded.ts";
import { resourceMethods } from "./wire/resource-methods.ts";
import { serve } from "./wire/service.ts";

export interface ProvidersOptions {
  readonly aws: {
    readonly endpoint: string;
    readonly region: string;
    readonly accountId: string;
    readonly adminCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly scaling: Scaling;
    readonly scheduler: Scheduler;
  };
  readonly azure: { readonly arm: Arm };
  readonly network: Network;
  readonly images: ImageBuilder;
  /** Folder of the recorded resources; absent = in memory only. */
  readonly home?: string;
}

export interface RunningProviders {
  /** For PULUMI_DEBUG_PROVIDERS: `aws:PORT,azure-native:PORT,awsx:PORT`. */
  readonly debugProviders: string;
  /** What was created that nothing acts on: alarms, repositories, keys. */
  readonly records: Records;
  /** Ids of all that the network and the records hold. */
  inventory(): string[];
  close(): Promise<void>;
}

/** Serves the stand-in providers; any number of engines may use them at once. */
export async function startProviders(options: ProvidersOptions): Promise<RunningProviders> {
  const { aws, azure, network, images, home } = options;
  const records = new Table<Recorded>(home && join(home, "records.json"));
  const { endpoint, region, accountId, adminCredentials: credentials } = aws;
  const clients = awsClients({ endpoint, region, credentials });
  const place = { region, accountId };
  const { scaling, scheduler } = aws;
  const awsParts = { place, network, records, clients, scaling, scheduler };
  const services = await Promise.all([
    serve(resourceMethods(awsProvider(awsParts))),
    serve(resourceMethods(azureProvider(azure.arm, records))),
    serve(componentMethods(awsxPackage(images))),
  ]);
  const [awsService, azureService, awsxService] = services;
  return {
    debugProviders: `aws:${awsService.port},azure-native:${azureService.port},awsx:${awsxService.port}`,
    records,
    inventory: () => [...network.inventory(), ...records.entries().map(([key]) => key)],
    close: async () => {
      await Promise.all(services.map((service) => service.close()));
      closeClients(clients);
    },
  };
}
