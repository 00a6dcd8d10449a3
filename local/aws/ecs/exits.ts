import type { Egress, Listener, NetworkView, Route } from "../contract.ts";
import { cannotInitialize } from "./failure.ts";
import type { NetworkConfiguration } from "./rows.ts";

/** How a task's requests leave, and by which AWS endpoint. */
export interface Exit {
  readonly egress: Egress & { readonly address: string };
  readonly endpoint: string;
  release(): Promise<void>;
}

interface Open {
  readonly listener: Promise<Listener>;
  users: number;
}

/** One gateway listener per way out of a subnet: its requests carry the subnet's address and endpoint policy. */
export class Exits {
  readonly #network: NetworkView;
  readonly #listen: (route: Route) => Promise<Listener>;
  readonly #open = new Map<string, Open>();

  constructor(network: NetworkView, listen: (route: Route) => Promise<Listener>) {
    this.#network = network;
    this.#listen = listen;
  }

  /** @throws StartFailure when nothing leads out of the subnet: the image cannot be reached. */
  async from(network: NetworkConfiguration): Promise<Exit> {
    const subnet = network.subnets[0] ?? "";
    const egress = this.#network.egressOf(subnet, network.assignPublicIp === "ENABLED");
    if (egress.kind === "none")
      throw cannotInitialize(
        "unable to pull secrets or registry auth",
        `The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. ${egress.why}`,
      );
    const key = `${egress.address} ${subnet}`;
    const open = this.#open.get(key) ?? this.#start(key, egress.address, subnet);
    open.users++;
    const { url } = await open.listener;
    return { egress, endpoint: url, release: () => this.#release(key, open) };
  }

  #start(key: string, sourceAddress: string, subnet: string): Open {
    const listener = this.#listen({
      sourceAddress,
      secure: true,
      endpointPolicy: () => this.#network.s3EndpointPolicyOf(subnet),
    });
    const open = { listener, users: 0 };
    this.#open.set(key, open);
    return open;
  }

  async #release(key: string, open: Open): Promise<void> {
    open.users--;
    if (open.users > 0) return;
    if (this.#open.get(key) === open) this.#open.delete(key);
    await (await open.listener).close();
  }
}
