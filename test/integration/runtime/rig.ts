import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
  SendMessageCommand,
  type Message,
} from "@aws-sdk/client-sqs";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { ContainerClient, AnonymousCredential } from "@azure/storage-blob";
import { LocalAws } from "../../../local/aws/aws.ts";
import { LocalAzure } from "../../../local/azure/azure.ts";
import type { CopyJobInput } from "../../../runtime/job.ts";
import { parseLine, readText } from "../../../runtime/ledger/decode.ts";
import type { LedgerEntry } from "../../../runtime/ledger/entry.ts";
import { Worker, bundled, until } from "./worker-process.ts";

const GROUP = "landing-group";
const ACCOUNT = "acmelanding";
const PARAMETER = "/causeway/acme/exports/az";

export const QUEUE_NAME = "acme-exports";

export interface RigOptions {
  readonly versioned?: boolean;
  readonly deletes?: CopyJobInput["deletes"];
  readonly limits?: CopyJobInput["limits"];
  readonly by?: CopyJobInput["by"];
}

/** Both embedded clouds with what one pipeline needs: bucket, events, queues, container, SAS. */
export class Rig {
  readonly aws: LocalAws;
  readonly azure: LocalAzure;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly #ssm: SSMClient;
  readonly #workers: Worker[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];
  #job: CopyJobInput | undefined;
  #queueUrl = "";
  #deadLetterUrl = "";
  sas = "";

  static async start(options: RigOptions = {}): Promise<Rig> {
    const [aws, azure] = await Promise.all([
      LocalAws.start({
        port: 0,
        network: {
          egressOf: () => ({ kind: "none", why: "no task runs in this rig" }),
          s3EndpointPolicyOf: () => undefined,
        },
        images: { resolve: () => Promise.resolve(undefined) },
        translate: (_egress, value) => value,
      }),
      LocalAzure.start({ port: 0 }),
    ]);
    const rig = new Rig(aws, azure);
    await rig.#build(options);
    return rig;
  }

  private constructor(aws: LocalAws, azure: LocalAzure) {
    this.aws = aws;
    this.azure = azure;
    const client = {
      endpoint: aws.endpoint,
      region: aws.region,
      credentials: aws.adminCredentials,
    };
    this.s3 = new S3Client({ ...client, forcePathStyle: true });
    this.sqs = new SQSClient(client);
    this.#ssm = new SSMClient(client);
  }

  /** Kills the workers that are still there. */
  async rest(): Promise<void> {
    for (const worker of this.#workers.splice(0)) await worker.end("SIGKILL");
  }

  async close(): Promise<void> {
    await this.rest();
    for (const close of this.#closers) await close();
    for (const client of [this.s3, this.sqs, this.#ssm]) client.destroy();
    await Promise.all([this.aws.close(), this.azure.close()]);
  }

  get job(): CopyJobInput {
    if (this.#job === undefined) throw new Error("The rig is not built.");
    return this.#job;
  }

  async worker(
    env: Record<string, string> = {},
    over: Partial<CopyJobInput> = {},
  ): Promise<Worker> {
    const { accessKeyId, secretAccessKey } = this.aws.adminCredentials;
    const worker = new Worker(await bundled(), {
      CAUSEWAY_JOB: JSON.stringify({ ...this.job, ...over }),
      CAUSEWAY_LOG_LEVEL: "debug",
      CAUSEWAY_HEALTH_FOLDER: this.#folder(),
      AWS_REGION: this.aws.region,
      AWS_ENDPOINT_URL: this.aws.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...env,
    });
    this.#workers.push(worker);
    await worker.said((line) => line.msg === "worker started");
    return worker;
  }

  /** A folder of the worker's own, gone with the rig. */
  #folder(): string {
    const folder = mkdtempSync(join(tmpdir(), "causeway-health-"));
    this.#closers.push(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  async put(
    key: string,
    body: string | Buffer,
    over: Partial<PutObjectCommandInput> = {},
  ): Promise<void> {
    await this.s3.send(new PutObjectCommand({ Bucket: "source", Key: key, Body: body, ...over }));
  }

  async delete(key: string): Promise<void> {
    await this.s3.send(new DeleteObjectCommand({ Bucket: "source", Key: key }));
  }

  async hint(body: string | object): Promise<void> {
    const MessageBody = typeof body === "string" ? body : JSON.stringify(body);
    await this.sqs.send(new SendMessageCommand({ QueueUrl: this.#queueUrl, MessageBody }));
  }

  /** The container as an operator reads it: with its own SAS, from an address that the firewall admits by default. */
  get container(): ContainerClient {
    return new ContainerClient(
      `${this.azure.endpoint}/${ACCOUNT}/landing?${this.sas}`,
      new AnonymousCredential(),
    );
  }

  async blob(name: string): Promise<Buffer | undefined> {
    const blob = this.container.getBlobClient(name);
    return (await blob.exists()) ? blob.downloadToBuffer() : undefined;
  }

  async ledger(): Promise<LedgerEntry[]> {
    const listed = await this.s3.send(new ListObjectsV2Command({ Bucket: "ledger" }));
    const entries: LedgerEntry[] = [];
    for (const { Key } of listed.Contents ?? []) {
      // What the workers of a scan share lies beside the ledger.
      if (Key?.includes("/dt=") !== true) continue;
      const file = await this.s3.send(new GetObjectCommand({ Bucket: "ledger", Key }));
      const bytes = await file.Body?.transformToByteArray();
      const text = await readText(Key, Buffer.from(bytes ?? []));
      for (const line of text.trim().split("\n")) {
        const entry = parseLine(line);
        if (entry === undefined) throw new Error(`No line of a ledger: ${line}`);
        entries.push(entry);
      }
    }
    return entries;
  }

  /** The last line of the ledger about a key, once there is one that fits. */
  entry(key: string, fits: (entry: LedgerEntry) => boolean = () => true): Promise<LedgerEntry> {
    return until(
      async () => (await this.ledger()).findLast((one) => one.key === key && fits(one)),
      `the ledger's line for ${key}`,
    );
  }

  /** Messages waiting, in flight and delayed. */
  async depth(): Promise<{ visible: number; inFlight: number }> {
    const { Attributes } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#queueUrl, AttributeNames: ["All"] }),
    );
    return {
      visible: Number(Attributes?.["ApproximateNumberOfMessages"]),
      inFlight: Number(Attributes?.["ApproximateNumberOfMessagesNotVisible"]),
    };
  }

  async drained(): Promise<void> {
    await until(async () => {
      const { visible, inFlight } = await this.depth();
      return visible + inFlight === 0 ? true : undefined;
    }, "an empty queue");
  }

  async deadLetters(): Promise<Message[]> {
    const { Messages } = await this.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#deadLetterUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        MessageAttributeNames: ["All"],
      }),
    );
    return Messages ?? [];
  }

  async newSas(over: { permissions?: string; seconds?: number } = {}): Promise<string> {
    this.sas = await this.azure.arm.serviceSas(GROUP, ACCOUNT, {
      canonicalizedResource: `/blob/${ACCOUNT}/landing`,
      resource: "c",
      permissions: over.permissions ?? "racwld",
      sharedAccessExpiryTime: new Date(Date.now() + (over.seconds ?? 3600) * 1000).toISOString(),
      protocols: "https",
    });
    return this.sas;
  }

  /** Voids every SAS so far: they are signed with the account's first key. */
  async revokeSas(): Promise<void> {
    await this.azure.arm.regenerateKey(GROUP, ACCOUNT, "key1");
  }

  async keepSas(Value: string): Promise<void> {
    await this.#ssm.send(
      new PutParameterCommand({ Name: PARAMETER, Value, Type: "SecureString", Overwrite: true }),
    );
  }

  /** Lets only these addresses through to the account. */
  async firewall(addresses: readonly string[] | undefined): Promise<void> {
    await this.azure.arm.putStorageAccount(GROUP, ACCOUNT, {
      location: "westeurope",
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      networkRuleSet: {
        defaultAction: addresses === undefined ? "Allow" : "Deny",
        ipRules: (addresses ?? []).map((iPAddressOrRange) => ({ iPAddressOrRange })),
      },
    });
  }

  /** An S3 endpoint that counts what passes; for AWS_ENDPOINT_URL_S3. */
  async countingS3(): Promise<{ url: string; reads: { path: string; range: string }[] }> {
    const reads: { path: string; range: string }[] = [];
    const server = createServer((req, res) => {
      if (req.method === "GET") {
        reads.push({ path: req.url ?? "", range: req.headers.range ?? "" });
      }
      const { method, url, headers } = req;
      const to = { host: "127.0.0.1", port: this.aws.port, path: url, method, headers };
      const onward = forward(to, (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      });
      onward.on("error", () => res.destroy());
      res.on("close", () => onward.destroy());
      req.pipe(onward);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#closers.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, reads };
  }

  async #build(options: RigOptions): Promise<void> {
    await Promise.all([this.#buildAzure(), this.#buildAws(options)]);
    await this.keepSas(await this.newSas());
    this.#job = {
      kind: "copy",
      tenant: "acme",
      pipeline: "exports",
      generation: 1,
      source: { bucket: "source", region: this.aws.region },
      targets: [
        {
          name: "az",
          type: "azure-blob",
          account: ACCOUNT,
          endpoint: `${this.azure.endpoint}/${ACCOUNT}`,
          container: "landing",
          sasParameter: PARAMETER,
        },
      ],
      queue: { url: this.#queueUrl, deadLetterUrl: this.#deadLetterUrl },
      ledger: { bucket: "ledger", prefix: "ledger/acme/exports/" },
      deletes: options.deletes ?? { mode: "ignore" },
      limits: options.limits ?? {},
      by: options.by ?? "auto",
    };
  }

  async #buildAzure(): Promise<void> {
    await this.azure.arm.putResourceGroup(GROUP, { location: "westeurope" });
    await this.firewall(undefined);
    await this.azure.arm.putContainer(GROUP, ACCOUNT, "landing");
  }

  async #buildAws(options: RigOptions): Promise<void> {
    for (const Bucket of ["source", "ledger"]) {
      await this.s3.send(new CreateBucketCommand({ Bucket }));
    }
    if (options.versioned === true) {
      const VersioningConfiguration = { Status: "Enabled" } as const;
      await this.s3.send(
        new PutBucketVersioningCommand({ Bucket: "source", VersioningConfiguration }),
      );
    }
    this.#deadLetterUrl = await this.#queue(`${QUEUE_NAME}-dead`, {});
    const arn = (name: string): string =>
      `arn:aws:sqs:${this.aws.region}:${this.aws.accountId}:${name}`;
    this.#queueUrl = await this.#queue(QUEUE_NAME, {
      VisibilityTimeout: "60",
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: arn(`${QUEUE_NAME}-dead`),
        maxReceiveCount: 5,
      }),
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: {
          Effect: "Allow",
          Principal: { Service: "s3.amazonaws.com" },
          Action: "sqs:SendMessage",
          Resource: arn(QUEUE_NAME),
        },
      }),
    });
    await this.s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: "source",
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              QueueArn: arn(QUEUE_NAME),
              Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:Completed"],
            },
          ],
        },
      }),
    );
  }

  async #queue(QueueName: string, Attributes: Record<string, string>): Promise<string> {
    const made = await this.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return made.QueueUrl ?? "";
  }
}
