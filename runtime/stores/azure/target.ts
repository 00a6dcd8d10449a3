import { toAzureBase64 } from "../../checksum/combine.ts";
import { CloudError } from "../../errors.ts";
import { BY_URL_TO_AZURE, cutOf, lengthOf, STREAMED_TO_AZURE } from "../cut.ts";
import type {
  Block,
  Committed,
  Cut,
  Expecting,
  FromUrl,
  KeyRange,
  ListedTarget,
  Reference,
  SourceProof,
  StagedBlock,
  Staging,
  Target,
  TargetProperties,
  TargetSide,
  Upload,
} from "../contract.ts";
import { whyUnreadable } from "./addressable.ts";
import { idsBeside, usableBlocks } from "./block-id.ts";
import { parseBlockList } from "./block-list.ts";
import type { BlobCall, BlobClient } from "./client.ts";
import { commit, committed } from "./commit.ts";
import { BlobListing } from "./list.ts";
import { condition, crcOf, objectOf, writeHeaders } from "./properties.ts";
import { BlobUpload, patienceMs } from "./upload.ts";

type Write = BlobCall & { readonly name: string };
const MiB = 1024 * 1024;

/** A container of block blobs as a target. */
export class AzureTarget implements Target {
  readonly kind = "azure-blob";
  readonly label: string;
  /** Put Blob takes 5,000 MiB; what is bigger than one buffer is staged. */
  readonly putLimit = 8 * MiB;
  /** Put Blob From URL takes 5,000 MiB, but in one request: none of it is parallel, and all of it is lost when it breaks. */
  readonly putFromLimit = 256 * MiB;
  readonly #client: BlobClient;
  readonly #listing: BlobListing;

  constructor(
    client: BlobClient,
    { account, container }: { readonly account: string; readonly container: string },
  ) {
    this.label = `azure://${account}/${container}`;
    this.#client = client;
    this.#listing = new BlobListing(client);
  }

  list(range: KeyRange, signal: AbortSignal): AsyncIterable<readonly ListedTarget[]> {
    return this.#listing.list(range, signal);
  }

  async look(name: string, signal: AbortSignal): Promise<TargetSide> {
    const { status, headers } = await this.#client.request({
      action: "blob:GetBlobProperties",
      method: "HEAD",
      name,
      accept: [404],
      signal,
      timeoutMs: 20_000,
    });
    return status === 404 ? { state: "absent" } : { state: "present", ...objectOf(headers) };
  }

  put(
    name: string,
    block: Block,
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<Committed> {
    // Azure computes the MD5 of what one request carries itself.
    const headers = writeHeaders(properties, expecting);
    headers["x-ms-blob-type"] = "BlockBlob";
    headers["x-ms-content-crc64"] = toAzureBase64(block.crc);
    const call: Write = {
      action: "blob:PutBlob",
      method: "PUT",
      name,
      headers,
      body: block.bytes,
      signal,
    };
    return commit(this.#client, call, properties, committed);
  }

  putFrom(
    name: string,
    from: Reference,
    size: number,
    proof: SourceProof,
    properties: TargetProperties,
    expecting: Expecting,
    signal: AbortSignal,
  ): Promise<FromUrl & Committed> {
    const headers = writeHeaders(properties, expecting);
    headers["x-ms-blob-type"] = "BlockBlob";
    headers["x-ms-source-if-match"] = `"${from.pin.etag}"`;
    // What the source shows is in the properties, as Azure can hold it.
    headers["x-ms-copy-source-blob-properties"] = "false";
    const md5 = proof.md5?.toString("base64");
    if (md5 !== undefined) {
      headers["x-ms-source-content-md5"] = md5;
      headers["x-ms-blob-content-md5"] = md5;
    }
    const call: Write = {
      action: "blob:PutBlobFromURL",
      method: "PUT",
      name,
      headers,
      source: from,
      signal,
      timeoutMs: patienceMs(size),
    };
    const proven = md5 !== undefined;
    return commit(this.#client, call, properties, (told) => ({
      ...committed(told),
      crc: crcOf(told),
      proven,
    }));
  }

  cut(size: number, by: "stream" | "url"): Cut {
    return cutOf(size, by === "url" ? BY_URL_TO_AZURE : STREAMED_TO_AZURE);
  }

  async staged(
    staging: Staging,
    signal: AbortSignal,
  ): Promise<{ blocks: readonly StagedBlock[]; upload: Upload }> {
    const call = { action: "blob:GetBlockList", method: "GET", name: staging.name } as const;
    const { status, body } = await this.#client.request({
      ...call,
      query: "comp=blocklist&blocklisttype=uncommitted",
      accept: [404],
      signal,
      timeoutMs: 60_000,
    });
    const listed = status === 404 ? [] : parseBlockList(body);
    const ids = idsBeside(listed, staging.pin, staging.cut);
    if (ids === undefined) {
      throw new CloudError({
        ...this.#client.asked(call),
        code: "ForeignBlocks",
        status: 400,
        said: "Another tool has left uncommitted blocks under this name, whose ids are too short for any other.",
        remedy: "They vanish after a week, or when that tool commits.",
      });
    }
    const found = usableBlocks(listed, ids, (index) => lengthOf(staging.cut, staging.size, index));
    const upload = new BlobUpload(this.#client, staging, ids, found);
    return { blocks: found.map(({ index, length, crc }) => ({ index, length, crc })), upload };
  }

  async remove(name: string, expecting: Expecting, signal: AbortSignal): Promise<void> {
    const { status } = await this.#client.request({
      action: "blob:DeleteBlob",
      method: "DELETE",
      name,
      headers: { "x-ms-delete-snapshots": "include", ...condition(expecting) },
      accept: [404, 412],
      signal,
    });
    // A condition on what is no longer there fails too.
    if (status !== 412 || (await this.look(name, signal)).state === "absent") return;
    throw new CloudError({
      ...this.#client.asked({ action: "blob:DeleteBlob", name }),
      code: "ConditionNotMet",
      status,
      said: "The blob is another than the decision saw.",
    });
  }

  whyNotByUrl(from: Reference): string | undefined {
    return whyUnreadable(from, this.#client.loopback);
  }
}
