import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { ContainerClient } from "@azure/storage-blob";
import { Reporter } from "../../../local/boot/report.ts";
import { Causeway } from "../../../local/causeway.ts";
import { Api } from "../../../local/demo/api.ts";
import { Client } from "../../../service/client/client.ts";
import type { Request } from "../../../service/client/operations.ts";
import type { Preview } from "../../../service/previews/schema.ts";
import { freePorts } from "../../support/free-ports.ts";

export interface PipelineOutputs {
  readonly sourceBucket: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly targets: readonly [
    {
      readonly account: string;
      readonly container: string;
      readonly endpoint: string;
      readonly sasParameter: string;
    },
  ];
  readonly clusterName: string;
  readonly serviceName: string;
  readonly workerRoleName: string;
  readonly workerPolicyName: string;
}

/** The whole product in a folder and on ports of its own, which may be stopped and started again. */
export class Product {
  readonly home: string;
  readonly #ports: readonly number[];
  readonly #abort = new AbortController();
  #running: Causeway | undefined;
  said = "";

  private constructor(home: string, ports: readonly number[]) {
    this.home = home;
    this.#ports = ports;
  }

  static async start(): Promise<Product> {
    const home = await mkdtemp(join(tmpdir(), "causeway-e2e-"));
    const product = new Product(home, await freePorts(4));
    await product.resume();
    return product;
  }

  /** Starts again on the same folder and ports. */
  async resume(): Promise<void> {
    const [awsPort = 0, azurePort = 0, servicePort = 0, issuerPort = 0] = this.#ports;
    this.said = "";
    const out = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.said += chunk.toString();
        done();
      },
    });
    this.#running = await Causeway.start({
      home: this.home,
      awsPort,
      azurePort,
      servicePort,
      issuerPort,
      report: new Reporter(out as unknown as NodeJS.WriteStream),
      signal: this.#abort.signal,
    });
  }

  get causeway(): Causeway {
    if (this.#running === undefined) throw new Error("The product is not running.");
    return this.#running;
  }

  get api(): Api {
    const { serviceUrl, apiToken } = this.causeway;
    return new Api(serviceUrl, apiToken, this.#abort.signal);
  }

  get client(): Client {
    const { serviceUrl: url, apiToken: token } = this.causeway;
    return new Client({ url, token, signal: this.#abort.signal });
  }

  /** What making a pipeline would do; without a spec: what building it again would. */
  async preview(tenant: string, name: string, spec?: unknown): Promise<Preview> {
    const operation =
      spec === undefined
        ? await this.client.call("createPreview", { params: { tenant, name } })
        : await this.client.call("createPipeline", {
            params: { tenant },
            query: { validateOnly: "true" },
            body: { name, spec } as Request<"createPipeline">["body"],
          });
    const { links } = await this.api.settled(operation, () => undefined);
    const preview = links.preview?.replace("/v1/previews/", "") ?? "";
    return this.client.call("getPreview", { params: { preview } });
  }

  /** Settings for an AWS SDK client of the account's operator. */
  get operator() {
    const { endpoint, region, adminCredentials } = this.causeway.clouds.aws;
    return { endpoint, region, credentials: adminCredentials, forcePathStyle: true };
  }

  /** Makes a pipeline by POST and waits until it is built. */
  async pipeline(tenant: string, name: string, spec: unknown): Promise<PipelineOutputs> {
    await this.api.settled(await this.api.createPipeline(tenant, name, spec), () => undefined);
    return this.outputs(tenant, name);
  }

  /** What a pipeline that is built has made. */
  async outputs(tenant: string, name: string): Promise<PipelineOutputs> {
    const { outputs } = await this.api.pipeline(tenant, name);
    return outputs as unknown as PipelineOutputs;
  }

  /** The target's container as a reader behind the NAT sees it. */
  async container({ targets: [target] }: PipelineOutputs): Promise<ContainerClient> {
    const { Parameter } = await new SSMClient(this.operator).send(
      new GetParameterCommand({ Name: target.sasParameter, WithDecryption: true }),
    );
    const nat = await this.causeway.azureThroughNat();
    const account = target.endpoint.replace(this.causeway.clouds.azure.endpoint, nat);
    const url = `${account.replace(/\/$/, "")}/${target.container}`;
    return new ContainerClient(`${url}?${Parameter?.Value ?? ""}`);
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.home, { recursive: true, force: true });
  }

  /** Process ids of this product's workers: what runs a bundle out of its images folder. */
  async workers(): Promise<number[]> {
    const found: number[] = [];
    for (const name of await readdir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const line = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
      if (
        line.includes(join(this.home, "images")) &&
        line.includes("worker.mjs") &&
        !line.includes("--health")
      ) {
        found.push(Number(name));
      }
    }
    return found;
  }
}

export const copySpec = {
  kind: "copy" as const,
  source: { type: "s3" as const },
  targets: [{ type: "azure-blob" as const }],
};
