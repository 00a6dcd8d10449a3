import { toAzureBase64 } from "../../checksum/combine.ts";
import { marksFromMetadata } from "../../decide/headers.ts";
import { CloudError } from "../../errors.ts";
import { lengthOf } from "../cut.ts";
import type {
  Block,
  Expecting,
  StagedBlock,
  Staging,
  Target,
  TargetProperties,
  TargetSide,
  Upload,
} from "../contract.ts";
import { blockIds, idLengthBeside, usableBlocks, type BlockIds } from "./block-id.ts";
import type { BlobClient } from "./client.ts";

const MiB = 1024 * 1024;

/** A container of block blobs as a target. */
export class AzureTarget implements Target {
  /** Put Blob takes 5,000 MiB; what is bigger than one buffer is staged. */
  readonly putLimit = 8 * MiB;
  readonly #client: BlobClient;
  readonly #subject: string;

  constructor(client: BlobClient, subject: string) {
    this.#client = client;
    this.#subject = subject;
  }

  async look(name: string, signal: AbortSignal): Promise<TargetSide> {
    const { response } = await this.#client.request({
      action: "blob:GetBlobProperties",
      method: "HEAD",
      name,
      accept: [404],
      signal,
      timeoutMs: 20_000,
    });
    const { headers } = response;
    if (response.status === 404) {
      // A container that is gone must never look like a blob that is not there yet.
      if (headers["x-ms-error-code"] === "ContainerNotFound") throw this.#containerGone(name);
      return { state: "absent" };
    }
    const md5 = headers["content-md5"];
    return {
      state: "present",
      etag: headers["etag"] ?? "",
      size: Number(headers["content-length"] ?? 0),
      marks: marksFromMetadata(metadataOf(headers)),
      ...(md5 === undefined ? {} : { md5: Buffer.from(md5, "base64") }),
    };
  }

  async put(
    name: string,
    block: Block,
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#client.request({
      action: "blob:PutBlob",
      method: "PUT",
      name,
      headers: {
        "x-ms-blob-type": "BlockBlob",
        "x-ms-content-crc64": toAzureBase64(block.crc),
        // Azure computes the MD5 of what one request carries itself.
        ...propertyHeaders({ ...properties, contentMd5: undefined }),
        ...condition(expecting),
      },
      body: block.chunks,
      length: block.length,
      signal,
    });
  }

  async staged(
    staging: Staging,
    signal: AbortSignal,
  ): Promise<{ blocks: readonly StagedBlock[]; upload: Upload }> {
    const { response, text } = await this.#client.request({
      action: "blob:GetBlockList",
      method: "GET",
      name: staging.name,
      query: "comp=blocklist&blocklisttype=uncommitted",
      accept: [404],
      signal,
      timeoutMs: 20_000,
    });
    const listed = response.status === 404 ? [] : parseBlockList(text);
    const length = idLengthBeside(listed.map(({ id }) => id));
    if (length === undefined) throw this.#foreignBlocks(staging.name);
    const ids = blockIds(staging.pin, staging.cut, length);
    const blocks = usableBlocks(listed, ids, (index) => lengthOf(staging.cut, staging.size, index));
    return { blocks, upload: new BlobUpload(this.#client, staging.name, ids) };
  }

  async remove(name: string, expecting: Expecting, signal: AbortSignal): Promise<void> {
    await this.#client.request({
      action: "blob:DeleteBlob",
      method: "DELETE",
      name,
      headers: { "x-ms-delete-snapshots": "include", ...condition(expecting) },
      accept: [404],
      signal,
    });
  }

  #containerGone(name: string): CloudError {
    return new CloudError({
      service: "azure",
      action: "blob:GetBlobProperties",
      subject: `${this.#subject}/${name}`,
      code: "ContainerNotFound",
      status: 404,
      said: "The specified container does not exist.",
      remedy: "Run the pipeline's update to make it again.",
    });
  }

  #foreignBlocks(name: string): CloudError {
    return new CloudError({
      service: "azure",
      action: "blob:PutBlock",
      subject: `${this.#subject}/${name}`,
      code: "InvalidBlobOrBlock",
      status: 400,
      said: "Another tool has left uncommitted blocks under this name, whose ids are too short for ours.",
      remedy: "They vanish after a week, or when that tool commits.",
    });
  }
}

class BlobUpload implements Upload {
  readonly #client: BlobClient;
  readonly #name: string;
  readonly #ids: BlockIds;

  constructor(client: BlobClient, name: string, ids: BlockIds) {
    this.#client = client;
    this.#name = name;
    this.#ids = ids;
  }

  async stage(index: number, block: Block, signal: AbortSignal): Promise<StagedBlock> {
    await this.#client.request({
      action: "blob:PutBlock",
      method: "PUT",
      name: this.#name,
      query: `comp=block&blockid=${encodeURIComponent(this.#ids.id(index, block.crc))}`,
      headers: { "x-ms-content-crc64": toAzureBase64(block.crc) },
      body: block.chunks,
      length: block.length,
      signal,
    });
    return { index, length: block.length, crc: block.crc };
  }

  async commit(
    blocks: readonly StagedBlock[],
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<void> {
    const ordered = blocks.toSorted((a, b) => a.index - b.index);
    const list = ordered.map(
      ({ index, crc }) => `<Uncommitted>${this.#ids.id(index, crc)}</Uncommitted>`,
    );
    const body = Buffer.from(
      `<?xml version="1.0" encoding="utf-8"?><BlockList>${list.join("")}</BlockList>`,
    );
    await this.#client.request({
      action: "blob:PutBlockList",
      method: "PUT",
      name: this.#name,
      query: "comp=blocklist",
      headers: {
        "content-type": "application/xml",
        ...propertyHeaders(properties),
        ...condition(expecting),
      },
      body,
      length: body.length,
      signal,
    });
  }
}

function condition(expecting: Expecting): Record<string, string> {
  return expecting.state === "absent" ? { "if-none-match": "*" } : { "if-match": expecting.etag };
}

function propertyHeaders(properties: TargetProperties): Record<string, string> {
  const headers: Record<string, string | undefined> = {
    "x-ms-blob-content-type": properties.contentType,
    "x-ms-blob-content-encoding": properties.contentEncoding,
    "x-ms-blob-content-language": properties.contentLanguage,
    "x-ms-blob-content-disposition": properties.contentDisposition,
    "x-ms-blob-cache-control": properties.cacheControl,
    "x-ms-blob-content-md5": properties.contentMd5?.toString("base64"),
  };
  for (const [name, value] of Object.entries(properties.metadata)) {
    headers[`x-ms-meta-${name}`] = value;
  }
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function metadataOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const prefix = "x-ms-meta-";
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

/** The uncommitted blocks of a Get Block List answer. */
export function parseBlockList(xml: string): { id: string; length: number }[] {
  const uncommitted = /<UncommittedBlocks>([\s\S]*?)<\/UncommittedBlocks>/.exec(xml)?.[1] ?? "";
  return [...uncommitted.matchAll(/<Name>([^<]+)<\/Name>\s*<Size>(\d+)<\/Size>/g)].map((match) => ({
    id: match[1] ?? "",
    length: Number(match[2]),
  }));
}
