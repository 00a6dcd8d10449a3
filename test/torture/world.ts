import { setTimeout as sleep } from "node:timers/promises";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { decodeName } from "../../runtime/decide/names.ts";
import { closeName, type ScanClose } from "../../runtime/scan/fleet/state.ts";
import { Rig } from "../integration/runtime/rig.ts";
import { bodyOf, isWhole } from "./bodies.ts";
import type { Chaos } from "./chaos.ts";
import type { Act } from "./history.ts";

const BUCKET = "source";
const ACCOUNT = "acmelanding";
/** A scan waits for slices of workers that were killed: their messages come back after a minute. */
const SCAN_MS = 5 * 60_000;
const PART = 5 * 1024 * 1024;

/** What differs between the source and the target under a prefix; empty: nothing. */
export type Differences = readonly string[];

/** Both embedded clouds, and what a test does to them and sees of them by itself, without the engine. */
export class World {
  readonly rig: Rig;
  readonly #written = new Map<string, { readonly body: Buffer; readonly at: number }>();

  static async start(): Promise<World> {
    const rig = await Rig.start({ deletes: { mode: "mirror", cap: { percent: 100 } } });
    // The test brings the hints itself: lost, doubled and shuffled.
    await rig.s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: BUCKET,
        NotificationConfiguration: {},
      }),
    );
    return new World(rig);
  }

  private constructor(rig: Rig) {
    this.rig = rig;
  }

  /** For the `causeway` command. */
  get environment(): Record<string, string> {
    const { aws, azure, sas } = this.rig;
    return {
      AWS_ENDPOINT_URL_S3: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.adminCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.adminCredentials.secretAccessKey,
      AZURE_STORAGE_CONNECTION_STRING: `BlobEndpoint=${azure.endpoint}/${ACCOUNT};AccountName=${ACCOUNT};SharedAccessSignature=${sas}`,
    };
  }

  /** Asks the workers for a scan and waits until its books are closed. */
  async scanned(id: string): Promise<string> {
    await this.rig.hint({ causeway: "scan", id });
    const Key = `${this.rig.job.ledger.prefix}${closeName(id)}`;
    const end = Date.now() + SCAN_MS;
    while (Date.now() < end) {
      const closed = await this.#json<ScanClose>("ledger", Key);
      if (closed !== undefined) return `scan ${closed.outcome} ${closed.reason ?? ""}`.trim();
      await sleep(100);
    }
    return `scan ${id} did not close`;
  }

  async #json<T>(Bucket: string, Key: string): Promise<T | undefined> {
    try {
      const { Body } = await this.rig.s3.send(new GetObjectCommand({ Bucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? "") as T;
    } catch (error) {
      if (error instanceof Error && error.name === "NoSuchKey") return undefined;
      throw error;
    }
  }

  async version(Status: "Enabled" | "Suspended"): Promise<void> {
    await this.rig.s3.send(
      new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status } }),
    );
  }

  arm({ s3, blob }: Chaos): void {
    for (const fault of s3) this.rig.aws.s3.faults.add(fault);
    for (const fault of blob) this.rig.azure.faults.inject(fault);
  }

  calm(): void {
    this.rig.aws.s3.faults.clear();
    this.rig.azure.faults.clear();
  }

  /** Does what a user of the source does; the SDK repeats what a fault hits. */
  async act(act: Act): Promise<void> {
    if (act.do === "delete") return this.rig.delete(act.key);
    const body = bodyOf(act.key, act.version, act.size);
    await this.#tellable(act.key, body);
    const Metadata = { version: String(act.version) };
    if (act.do === "put") return this.rig.put(act.key, body, { Metadata });
    return this.#upload(act.key, body, Metadata);
  }

  /**
   * The same bytes again, under other metadata and within the same second: ETag and Last-Modified stay what they were, so no listing tells the two apart
   * (docs/ledger.md). A user who waits for the next second is seen.
   */
  async #tellable(key: string, body: Buffer): Promise<void> {
    const before = this.#written.get(key);
    if (before?.body.equals(body) === true) await sleep(Math.max(0, before.at + 1000 - Date.now()));
    this.#written.set(key, { body, at: Date.now() });
  }

  async #upload(Key: string, body: Buffer, Metadata: Record<string, string>): Promise<void> {
    const { s3 } = this.rig;
    const at = { Bucket: BUCKET, Key };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...at, Metadata }));
    const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (let start = 0; start < body.length; start += PART) {
      const PartNumber = Parts.length + 1;
      const Body = body.subarray(start, start + PART);
      const part = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag: part.ETag });
    }
    const MultipartUpload = { Parts };
    await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
  }

  /** Reads what the target shows, again and again, until told to stop. @returns what was torn. */
  async watch(prefix: string, stop: AbortSignal): Promise<string[]> {
    const torn: string[] = [];
    while (!stop.aborted) {
      for await (const { name } of this.rig.container.listBlobsFlat({ prefix })) {
        const bytes = await this.#blob(name);
        if (bytes !== undefined && !isWhole(bytes)) torn.push(name);
      }
      await sleep(50);
    }
    return torn;
  }

  /** Reads both sides and compares names, bytes and metadata. */
  async differences(prefix: string): Promise<Differences> {
    const [source, target] = await Promise.all([this.#sources(prefix), this.#targets(prefix)]);
    const found: string[] = [];
    for (const [key, object] of source) {
      const blob = target.get(key);
      if (blob === undefined) found.push(`${key} is missing`);
      else if (!blob.bytes.equals(object.bytes)) found.push(`${key} has other bytes`);
      else if (blob.version !== object.version)
        found.push(`${key} has version ${blob.version ?? "none"}, not ${object.version ?? "none"}`);
    }
    for (const key of target.keys()) if (!source.has(key)) found.push(`${key} is too much`);
    return found;
  }

  async #sources(Prefix: string): Promise<Map<string, Held>> {
    const { s3 } = this.rig;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
    const found = new Map<string, Held>();
    for (const { Key = "" } of Contents) {
      const object = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      const bytes = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
      found.set(Key, { bytes, version: object.Metadata?.["version"] });
    }
    return found;
  }

  async #targets(prefix: string): Promise<Map<string, Held>> {
    const found = new Map<string, Held>();
    const listed = this.rig.container.listBlobsFlat({ prefix, includeMetadata: true });
    for await (const { name, metadata } of listed) {
      const bytes = (await this.#blob(name)) ?? Buffer.alloc(0);
      found.set(decodeName(name), { bytes, version: metadata?.["version"] });
    }
    return found;
  }

  /** Undefined when it has gone or changed meanwhile, or a fault hit the reader. The SDK reads long ones in ranges: without the condition it would tear them itself. */
  async #blob(name: string): Promise<Buffer | undefined> {
    const blob = this.rig.container.getBlobClient(name);
    try {
      const { etag = "" } = await blob.getProperties();
      return await blob.downloadToBuffer(0, undefined, { conditions: { ifMatch: etag } });
    } catch {
      return undefined;
    }
  }
}

interface Held {
  readonly bytes: Buffer;
  /** The user's own metadata, which must travel too. */
  readonly version: string | undefined;
}
