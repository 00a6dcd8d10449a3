import { caBundle } from "../../runtime/aws/ca-bundle.ts";
import { AwsClient } from "../../runtime/aws/client.ts";
import { BadJob } from "../../runtime/errors.ts";
import { proxiesOf } from "../../runtime/http/proxies.ts";
import { Http, type Send } from "../../runtime/http/send.ts";
import { Pace, paced } from "../../runtime/pace/pace.ts";
import type { Source, Target } from "../../runtime/stores/contract.ts";
import { S3Source } from "../../runtime/stores/s3/source.ts";
import type { Address, AzureAddress, S3Address } from "../address/address.ts";
import { s3Access, type Environment, type S3Access, type SideOptions } from "../environment/aws.ts";
import { azureAccess } from "../environment/azure.ts";
import { credentialSource } from "../environment/credentials.ts";
import { BadUsage, NoAccess } from "../errors.ts";
import type { Costs } from "./costs.ts";

export interface CloudsOptions {
  readonly env: Environment;
  readonly source: SideOptions;
  readonly target: SideOptions;
  readonly requesterPays: boolean;
  /** Counts requests and bytes, where they are to be priced. */
  readonly costs?: Costs | undefined;
}

/** Opens both sides of a copy, over one set of connections and one pace. */
export class Clouds {
  readonly pace = new Pace();
  readonly #options: CloudsOptions;
  readonly #http: Http;

  constructor(options: CloudsOptions) {
    this.#options = options;
    const proxies = proxiesOf({ ...options.env });
    this.#http = new Http({ ...extraCertificates(options.env), proxies });
  }

  async source(address: Address): Promise<Source> {
    if (address.kind === "azure") {
      throw new BadUsage(
        "Azure Blob Storage can be a target only: the source must be s3://BUCKET/PREFIX or Amazon's https:// form of it.",
      );
    }
    const access = this.#s3(address, this.#options.source);
    const { requesterPays } = this.#options;
    const send = this.#send("source", address);
    return new S3Source(await this.#aws(access, send), { ...placeOf(access), requesterPays });
  }

  async target(address: Address): Promise<Target> {
    return address.kind === "s3" ? this.#s3Target(address) : this.#azureTarget(address);
  }

  /** For a ledger in a bucket, or a queue: with the source's credentials. */
  aws(access: S3Access): Promise<AwsClient> {
    return this.#aws(access, paced(this.#http.send, this.pace));
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  async #aws(access: S3Access, send: Send): Promise<AwsClient> {
    const env: NodeJS.ProcessEnv = { ...this.#options.env };
    return new AwsClient(send, await credentialSource(access), env);
  }

  /** Held back by the pace, then counted: what waits has cost nothing. */
  #send(side: "source" | "target", { kind }: Address): Send {
    const { send } = this.#http;
    return paced(this.#options.costs?.metered(send, side, kind) ?? send, this.pace);
  }

  #s3(address: S3Address, side: SideOptions): S3Access {
    return s3Access(address, side, this.#options.env);
  }

  async #s3Target(address: S3Address): Promise<Target> {
    const access = this.#s3(address, this.#options.target);
    const { S3Target } = await import("../../runtime/stores/s3/target.ts");
    const send = this.#send("target", address);
    return new S3Target(await this.#aws(access, send), placeOf(access));
  }

  async #azureTarget(address: AzureAddress): Promise<Target> {
    const { account, endpoint, container, credential } = azureAccess(address, this.#options.env);
    const [{ AzureTarget }, { BlobClient }, sas] = await Promise.all([
      import("../../runtime/stores/azure/target.ts"),
      import("../../runtime/stores/azure/client.ts"),
      import("../../runtime/stores/azure/sas.ts"),
    ]);
    const where = { endpoint, account, container };
    const send = this.#send("target", address);
    if (credential.kind === "sas") {
      const given = sas.parseSas(credential.token, "What was given for the container");
      return new AzureTarget(new BlobClient(send, new sas.GivenSas(given), where), where);
    }
    const { KeySas } = await import("../../runtime/stores/azure/key-sas.ts");
    const { keepSecret } = await import("../../runtime/secrets.ts");
    keepSecret(credential.key);
    const protocol = endpoint.startsWith("https:") ? "https" : "https,http";
    const key = new KeySas({ account, key: credential.key, container, protocol });
    return new AzureTarget(new BlobClient(send, key, where), where);
  }
}

function placeOf({ bucket, region, endpoint, addressing }: S3Access) {
  return { bucket, region, endpoint, addressing };
}

function extraCertificates(env: Environment): { readonly ca?: string } {
  try {
    return caBundle(env);
  } catch (error) {
    throw error instanceof BadJob ? new NoAccess(error.message) : error;
  }
}
