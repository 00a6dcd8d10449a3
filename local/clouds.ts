import { join } from "node:path";
import { LocalAws } from "./aws/aws.ts";
import type { Egress, Listener } from "./aws/contract.ts";
import { Network } from "./aws/network/network.ts";
import { LocalAzure } from "./azure/azure.ts";
import { ImageStore } from "./images.ts";
import { startProviders } from "./providers/start.ts";
import { Table } from "./table.ts";

export interface CloudsOptions {
  /** Folder that everything persists under. */
  readonly home: string;
  /** 0 takes any free port; state that outlives a restart then names addresses that are gone. */
  readonly awsPort: number;
  readonly azurePort: number;
}

/** Both embedded clouds, the network between them, and the providers through which the engine builds in them. */
export class Clouds {
  readonly aws: LocalAws;
  readonly azure: LocalAzure;
  readonly images: ImageStore;
  readonly #providers: Awaited<ReturnType<typeof startProviders>>;
  readonly #exits: AzureExits;

  private constructor(
    aws: LocalAws,
    azure: LocalAzure,
    images: ImageStore,
    providers: Awaited<ReturnType<typeof startProviders>>,
    exits: AzureExits,
  ) {
    this.aws = aws;
    this.azure = azure;
    this.images = images;
    this.#providers = providers;
    this.#exits = exits;
  }

  static async start(options: CloudsOptions): Promise<Clouds> {
    const under = (name: string) => join(options.home, name);
    const azure = await LocalAzure.start({ home: under("azure"), port: options.azurePort });
    const exits = new AzureExits(azure, under("azure/exits.json"));
    const images = new ImageStore(under("images"));
    const network = new Network({ file: under("aws/network.json") });
    const aws = await LocalAws.start({
      home: under("aws"),
      port: options.awsPort,
      network,
      images,
      translate: (egress, value) => exits.translate(egress, value),
    });
    const providers = await startProviders({ aws, azure, network, images, home: under("aws") });
    return new Clouds(aws, azure, images, providers, exits);
  }

  /** What a program that works as the account's operator must have in its environment. */
  operatorEnvironment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.aws.endpoint,
      AWS_REGION: this.aws.region,
      AWS_ACCESS_KEY_ID: this.aws.adminCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.aws.adminCredentials.secretAccessKey,
      PULUMI_DEBUG_PROVIDERS: this.#providers.debugProviders,
    };
  }

  /** Where Azure is reached by those who leave from `address`, for example the NAT's EIP. */
  async azureFrom(address: string): Promise<string> {
    return this.#exits.endpoint(address);
  }

  /** Ids of everything that exists in both clouds: empty once every stack is destroyed. */
  async inventory(): Promise<string[]> {
    const [aws, azure] = await Promise.all([this.aws.inventory(), this.azure.inventory()]);
    return [...aws, ...azure, ...this.#providers.inventory()].sort();
  }

  async close(): Promise<void> {
    await this.aws.close();
    await this.#providers.close();
    await this.azure.close();
  }
}

/**
 * The ways out to Azure: a request's address of origin is the listener that it arrives at, so each public
 * address has one. Ports are kept, since tasks and printed commands name them.
 */
class AzureExits {
  readonly #azure: LocalAzure;
  readonly #ports: Table<number>;
  readonly #open = new Map<string, Promise<Listener>>();

  constructor(azure: LocalAzure, file: string) {
    this.#azure = azure;
    this.#ports = new Table(file);
  }

  async endpoint(address: string): Promise<string> {
    let listener = this.#open.get(address);
    if (listener === undefined) {
      listener = this.#listen(address);
      this.#open.set(address, listener);
    }
    return (await listener).url;
  }

  /** An environment value with Azure's address replaced by the one that traffic takes from this egress. */
  async translate(egress: Egress, value: string): Promise<string> {
    if (!value.includes(this.#azure.endpoint)) return value;
    // Nothing listens on the discard port: no way out is a connection refused, not a 403.
    const exit =
      egress.kind === "none" ? "http://127.0.0.1:9" : await this.endpoint(egress.address);
    return value.replaceAll(this.#azure.endpoint, exit);
  }

  async #listen(sourceAddress: string): Promise<Listener> {
    const port = this.#ports.get(sourceAddress);
    const route = { sourceAddress, secure: true };
    // A port that somebody else took meanwhile is given up for a free one.
    const listener = await this.#azure
      .listen({ ...route, port: port ?? 0 })
      .catch(() => this.#azure.listen(route));
    if (port !== listener.port) this.#ports.set(sourceAddress, listener.port);
    return listener;
  }
}
