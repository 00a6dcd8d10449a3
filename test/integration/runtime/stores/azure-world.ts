import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ContainerClient } from "@azure/storage-blob";
import { LocalAzure } from "../../../../local/azure/azure.ts";
import { crc64 } from "../../../../runtime/checksum/crc64.ts";
import { retryClass } from "../../../../runtime/decide/retry.ts";
import { CloudError } from "../../../../runtime/errors.ts";
import { Http } from "../../../../runtime/http/send.ts";
import { BlobClient } from "../../../../runtime/stores/azure/client.ts";
import { GivenSas, parseSas, type SasSource } from "../../../../runtime/stores/azure/sas.ts";
import { AzureTarget } from "../../../../runtime/stores/azure/target.ts";
import type { Block, Staging, TargetProperties } from "../../../../runtime/stores/contract.ts";
import type { Stored } from "../../../contract/worlds.ts";
import { containerOf, createAccount, sasFor } from "../../local/azure/fixture.ts";

export const never = new AbortController().signal;
export const absent = { state: "absent" } as const;
export const properties: TargetProperties = {
  contentType: "text/csv",
  metadata: {
    causeway_pin: "v1",
    causeway_size: "3",
    causeway_modified: "m",
    causeway_pipeline: "t/p",
  },
};

/** A container of the embedded Azure: as an adapter sees it, and as the SDK does. */
export class AzureWorld {
  readonly azure: LocalAzure;
  readonly sdk: ContainerClient;
  readonly #http = new Http();

  private constructor(azure: LocalAzure, sdk: ContainerClient) {
    this.azure = azure;
    this.sdk = sdk;
  }

  static async start(): Promise<AzureWorld> {
    const azure = await LocalAzure.start({ port: 0 });
    await createAccount(azure, "landing");
    return new AzureWorld(azure, await containerOf(azure, "landing", { permissions: "racwdltx" }));
  }

  targetBy(sas: SasSource, container = "data"): AzureTarget {
    const endpoint = `${this.azure.endpoint}/landing`;
    const where = { account: "landing", container };
    return new AzureTarget(new BlobClient(this.#http.send, sas, { endpoint, ...where }), where);
  }

  async target(permissions = "racwdl", container = "data"): Promise<AzureTarget> {
    const canonicalizedResource = `/blob/landing/${container}`;
    const sas = await sasFor(this.azure, "landing", { permissions, canonicalizedResource });
    return this.targetBy(new GivenSas(parseSas(sas, "The SAS")), container);
  }

  contentOf(name: string): Promise<Buffer> {
    return this.sdk.getBlobClient(name).downloadToBuffer();
  }

  /** As a stranger sees it. */
  async read(name: string): Promise<Stored | undefined> {
    const blob = this.sdk.getBlobClient(name);
    if (!(await blob.exists())) return undefined;
    const shown = await blob.getProperties();
    return {
      body: await blob.downloadToBuffer(),
      contentType: shown.contentType,
      contentEncoding: shown.contentEncoding,
      contentLanguage: shown.contentLanguage,
      contentDisposition: shown.contentDisposition,
      cacheControl: shown.cacheControl,
    };
  }

  /** A block of another tool, whose ids have so many bytes. */
  async leave(name: string, idBytes: number): Promise<void> {
    const id = Buffer.alloc(idBytes, 1).toString("base64");
    await this.sdk.getBlockBlobClient(name).stageBlock(id, "foreign", 7);
  }

  async uncommitted(name: string): Promise<number> {
    const list = await this.sdk.getBlockBlobClient(name).getBlockList("uncommitted");
    return list.uncommittedBlocks?.length ?? 0;
  }

  async close(): Promise<void> {
    await this.#http.close();
    await this.azure.close();
  }
}

export function blockOf(bytes: Buffer | string): Block {
  const buffer = Buffer.from(bytes);
  return { bytes: buffer, crc: crc64(buffer) };
}

export function stagingOf(name: string, content: Buffer, blockSize: number): Staging {
  const etag = createHash("md5").update(content).digest("hex");
  const cut = { blockSize, blocks: Math.ceil(content.length / blockSize) };
  const pin = { etag, text: etag };
  return { name, pin, size: content.length, cut, properties, noteCrcs: true };
}

/** The code of the refusal, and what is to be done about it. */
export async function refusal(promise: Promise<unknown>): Promise<[string, string]> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof CloudError, String(error));
    return [error.code, retryClass(error.facts)];
  }
  throw new Error("Expected a refusal, got an answer");
}
