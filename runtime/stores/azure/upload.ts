import { toAzureBase64 } from "../../checksum/combine.ts";
import type {
  Block,
  Committed,
  Expecting,
  Range,
  Reference,
  StagedBlock,
  Staging,
  TargetProperties,
  Upload,
} from "../contract.ts";
import { NOTE, type BlockIds, type BlockKind, type FoundBlock } from "./block-id.ts";
import { blockListOf } from "./block-list.ts";
import type { BlobClient } from "./client.ts";
import { commit, committed } from "./commit.ts";
import { crcOf, writeHeaders } from "./properties.ts";

/** How long Azure may take for what it reads by itself: a pause, and a connection that is slow but not dead. */
export function patienceMs(bytes: number): number {
  return 60_000 + bytes / 1024;
}

/** The open end of a staged blob. */
export class BlobUpload implements Upload {
  readonly #client: BlobClient;
  readonly #staging: Staging;
  readonly #ids: BlockIds;
  /** The id of each block that is there. */
  readonly #staged = new Map<number, string>();

  constructor(client: BlobClient, staging: Staging, ids: BlockIds, found: readonly FoundBlock[]) {
    this.#client = client;
    this.#staging = staging;
    this.#ids = ids;
    for (const { index, id } of found) this.#staged.set(index, id);
  }

  async stage(index: number, { bytes, crc }: Block, signal: AbortSignal): Promise<StagedBlock> {
    const id = this.#ids.id("streamed", index, crc);
    await this.#client.request({
      action: "blob:PutBlock",
      method: "PUT",
      name: this.#staging.name,
      query: queryOf(id),
      headers: { "x-ms-content-crc64": toAzureBase64(crc) },
      body: bytes,
      signal,
    });
    this.#staged.set(index, id);
    return { index, length: bytes.length, crc };
  }

  async stageFrom(
    index: number,
    from: Reference,
    range: Range,
    signal: AbortSignal,
  ): Promise<StagedBlock> {
    const id = this.#ids.id("by url", index, 0n);
    const length = range.end - range.start;
    const { headers } = await this.#client.request({
      action: "blob:PutBlockFromURL",
      method: "PUT",
      name: this.#staging.name,
      query: queryOf(id),
      headers: {
        "x-ms-source-range": `bytes=${range.start}-${range.end - 1}`,
        "x-ms-source-if-match": `"${from.pin.etag}"`,
      },
      source: from,
      signal,
      timeoutMs: patienceMs(length),
    });
    this.#staged.set(index, id);
    const crc = crcOf(headers);
    if (crc !== undefined && this.#staging.noteCrcs && !this.#ids.forgetful) {
      await this.#note(index, crc, signal);
    }
    return { index, length, crc };
  }

  /** So that whoever continues this copy knows the block's CRC without reading it again. */
  async #note(index: number, crc: bigint, signal: AbortSignal): Promise<void> {
    await this.#client.request({
      action: "blob:PutBlock",
      method: "PUT",
      name: this.#staging.name,
      query: queryOf(this.#ids.id("note" satisfies BlockKind, index, crc)),
      body: NOTE,
      signal,
      timeoutMs: 20_000,
    });
  }

  /** Azure knows no checksum of a list of blocks: the whole's is for the caller to compare before. */
  commit(
    blocks: readonly StagedBlock[],
    properties: TargetProperties,
    expecting: Expecting,
    _crc: bigint | undefined,
    signal: AbortSignal,
  ): Promise<Committed> {
    const headers = writeHeaders(properties, expecting);
    headers["content-type"] = "application/xml";
    const md5 = properties.contentMd5?.toString("base64");
    if (md5 !== undefined) headers["x-ms-blob-content-md5"] = md5;
    const call = {
      action: "blob:PutBlockList",
      method: "PUT" as const,
      name: this.#staging.name,
      query: "comp=blocklist",
      headers,
      body: blockListOf(this.#idsOf(blocks)),
      signal,
      timeoutMs: 120_000,
    };
    return commit(this.#client, call, properties, committed);
  }

  #idsOf(blocks: readonly StagedBlock[]): string[] {
    return blocks
      .toSorted((a, b) => a.index - b.index)
      .map(({ index }) => {
        const id = this.#staged.get(index);
        if (id === undefined) throw new Error(`Block ${index} was never staged.`);
        return id;
      });
  }

  /** Uncommitted blocks cannot be deleted: they vanish a week after the last of them, or with the next commit under this name. They are no object, nor do they cost much. */
  discard(): Promise<void> {
    return Promise.resolve();
  }
}

function queryOf(id: string): string {
  return `comp=block&blockid=${encodeURIComponent(id)}`;
}
