import type { Network } from "../../../../local/aws/network/network.ts";
import { Identity } from "../../../../local/aws/identity/identity.ts";
import { Scaling } from "../../../../local/aws/scaling/scaling.ts";
import { Scheduler } from "../../../../local/aws/scheduler/scheduler.ts";
import { Queues } from "../../../../local/aws/sqs/queues.ts";
import { awsProvider } from "../../../../local/providers/aws/aws.ts";
import { awsClients, closeClients } from "../../../../local/providers/aws/clients.ts";
import type { Recorded } from "../../../../local/providers/framework/recorded.ts";
import { resourceMethods } from "../../../../local/providers/wire/resource-methods.ts";
import { serve, type RunningService } from "../../../../local/providers/wire/service.ts";
import { Table } from "../../../../local/table.ts";

const place = { region: "eu-west-1", accountId: "123456789012" };

/** The aws provider on a network alone: what needs an API of AWS finds nobody there. */
export async function serveAws(network: Network): Promise<RunningService> {
  const credentials = { accessKeyId: "none", secretAccessKey: "none" };
  const clients = awsClients({ endpoint: "http://127.0.0.1:9", region: place.region, credentials });
  const scaling = new Scaling({
    ...place,
    clock: () => new Date(),
    measure: () => undefined,
    capacity: () => undefined,
    setCapacity: () => undefined,
  });
  const clock = () => new Date();
  const identity = new Identity({ ...place, clock });
  const queues = new Queues({ ...place, identity });
  const scheduler = new Scheduler({ ...place, clock, identity, queues });
  const parts = { place, network, records: new Table<Recorded>(), clients, scaling, scheduler };
  const provider = awsProvider(parts);
  const service = await serve(resourceMethods(provider));
  return {
    port: service.port,
    close: async () => {
      await service.close();
      closeClients(clients);
      queues.close();
    },
  };
}
