import * as s3 from "@aws-sdk/client-s3";
import { AwsClient } from "../../runtime/aws/client.ts";
import { fixedCredentials } from "../../runtime/aws/credentials.ts";
import { Http } from "../../runtime/http/send.ts";
import { S3Source, type S3SourcePlace } from "../../runtime/stores/s3/source.ts";
import { S3Target, type S3TargetPlace } from "../../runtime/stores/s3/target.ts";
import type { Extras, SourceWorld, Stored, TargetWorld } from "./worlds.ts";

/** A server that speaks S3. */
export interface S3Server {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A bucket as the AWS SDK sees it, and the means to make adapters for it. */
export class S3World {
  readonly bucket: string;
  readonly client: s3.S3Client;
  readonly #server: S3Server;
  readonly #http = new Http();

  constructor(server: S3Server, bucket: string) {
    this.#server = server;
    this.bucket = bucket;
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    const credentials = { accessKeyId, secretAccessKey };
    this.client = new s3.S3Client({
      endpoint,
      region,
      credentials,
      forcePathStyle: true,
      // Nothing of the stranger's is checked but what its test is about.
      requestChecksumCalculation: "WHEN_REQUIRED",
    });
  }

  async create(versioned: boolean): Promise<void> {
    const Bucket = this.bucket;
    const LocationConstraint = this.#server.region as s3.BucketLocationConstraint;
    await this.client.send(
      new s3.CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }),
    );
    if (!versioned) return;
    const VersioningConfiguration = { Status: "Enabled" as const };
    await this.client.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }

  source(bucket = this.bucket, over: Partial<S3SourcePlace> = {}): S3Source {
    return new S3Source(this.#aws(), { ...this.#place(bucket), ...over });
  }

  target(bucket = this.bucket, over: Partial<S3TargetPlace> = {}): S3Target {
    return new S3Target(this.#aws(), { ...this.#place(bucket), ...over });
  }

  async put(key: string, body: Buffer, extras: Extras = {}): Promise<void> {
    await this.client.send(
      new s3.PutObjectCommand({
        Bucket: this.bucket,
        Key: key,
        Body: body,
        ContentType: extras.contentType,
        CacheControl: extras.cacheControl,
        // As a browser or another SDK would: what HTTP cannot carry is one RFC 2047 word.
        Metadata: words(extras.metadata),
        Tagging:
          extras.tags === undefined ? undefined : new URLSearchParams(extras.tags).toString(),
        StorageClass: extras.storageClass as s3.StorageClass | undefined,
      }),
    );
  }

  async remove(Key: string): Promise<void> {
    await this.client.send(new s3.DeleteObjectCommand({ Bucket: this.bucket, Key }));
  }

  async read(Key: string): Promise<Stored | undefined> {
    try {
      const found = await this.client.send(new s3.GetObjectCommand({ Bucket: this.bucket, Key }));
      return {
        body: Buffer.from((await found.Body?.transformToByteArray()) ?? []),
        contentType: found.ContentType,
        contentEncoding: found.ContentEncoding,
        contentLanguage: found.ContentLanguage,
        contentDisposition: found.ContentDisposition,
        cacheControl: found.CacheControl,
      };
    } catch (error) {
      if (error instanceof s3.NoSuchKey) return undefined;
      throw error;
    }
  }

  async uploads(key: string): Promise<string[]> {
    const { Uploads = [] } = await this.client.send(
      new s3.ListMultipartUploadsCommand({ Bucket: this.bucket, Prefix: key }),
    );
    return Uploads.filter(({ Key }) => Key === key).map(({ UploadId }) => UploadId ?? "");
  }

  /** A multipart upload as any other tool would leave it. */
  async leave(Key: string): Promise<void> {
    const Bucket = this.bucket;
    const { UploadId } = await this.client.send(
      new s3.CreateMultipartUploadCommand({ Bucket, Key }),
    );
    const Body = Buffer.alloc(5 * 1024 * 1024, 1);
    await this.client.send(
      new s3.UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }),
    );
  }

  sourceWorld(close: () => Promise<void>): SourceWorld {
    return {
      source: this.source(),
      missing: this.source("no-such-bucket"),
      put: (key, body, extras) => this.put(key, body, extras),
      remove: (key) => this.remove(key),
      close,
    };
  }

  targetWorld(close: () => Promise<void>, more: Partial<TargetWorld> = {}): TargetWorld {
    return {
      target: this.target(),
      another: () => this.target(),
      missing: this.target("no-such-bucket"),
      put: (name, body) => this.put(name, body),
      read: (name) => this.read(name),
      leave: (name) => this.leave(name),
      byUrl: this.sourceWorld(() => Promise.resolve()),
      close,
      ...more,
    };
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.#http.close();
  }

  #aws(): AwsClient {
    const credentials = fixedCredentials(this.#server);
    return new AwsClient(this.#http.send, credentials, {});
  }

  #place(bucket: string) {
    const { endpoint, region } = this.#server;
    return { bucket, region, endpoint };
  }
}

function words(
  metadata: Readonly<Record<string, string>> | undefined,
): Record<string, string> | undefined {
  if (metadata === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      /^[\x20-\x7e]*$/.test(value) ? value : `=?UTF-8?B?${Buffer.from(value).toString("base64")}?=`,
    ]),
  );
}
