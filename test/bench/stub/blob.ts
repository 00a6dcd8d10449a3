import { fromAzureBase64, toAzureBase64 } from "./azure-crc.ts";
import { blobError } from "./blob-answers.ts";
import { Blocks } from "./blob-blocks.ts";
import { describeBlob } from "./blob-describe.ts";
import { listBlobs } from "./blob-list.ts";
import { accountReply, operationOf } from "./blob-operations.ts";
import { Weather } from "./conditions.ts";
import type { Reply } from "./connection.ts";
import type { Content } from "./content.ts";
import { Counters } from "./counters.ts";
import { httpTime } from "./http-time.ts";
import type { HttpRequest } from "./request.ts";
import { parseRange } from "./s3-answers.ts";
import { httpDate, type Side } from "./side.ts";
import { SourceFetch, type Fetched } from "./source-fetch.ts";
import { Bucket, type Stored } from "./store.ts";

/** Beyond it no MD5 is computed: it would cost the rig more than all else. */
const MD5_LIMIT = 16 * 1024 * 1024;

interface Container {
  readonly bucket: Bucket;
  readonly blocks: Blocks;
}

/** As much of Azure Blob as tools that copy ask of it; the account is the first part of the path. Signatures are not verified. */
export class Blob implements Side {
  readonly weather = new Weather();
  readonly counters = new Counters();
  readonly containers = new Map<string, Container>();
  readonly #fetch = new SourceFetch();
  readonly #portOf: (url: URL) => number | undefined;
  #written = 0;

  /** `portOf`: where on loopback a copy source is. */
  constructor(portOf: (url: URL) => number | undefined) {
    this.#portOf = portOf;
  }

  container(name: string): Container {
    let found = this.containers.get(name);
    if (found === undefined) {
      found = { bucket: new Bucket(name, describeBlob), blocks: new Blocks() };
      this.containers.set(name, found);
    }
    return found;
  }

  reset(): void {
    this.containers.clear();
    this.weather.clear();
    this.counters.reset();
  }

  commonHeaders(): string {
    return `Date: ${httpDate()}\r\nServer: Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0\r\nx-ms-request-id: 00000000-0000-0000-0000-000000000000\r\nx-ms-version: 2023-11-03\r\n`;
  }

  busy(request: HttpRequest): Reply {
    return blobError("ServerBusy", request);
  }

  operationOf(request: HttpRequest): string {
    return operationOf(request);
  }

  handle(request: HttpRequest, operation: string): Reply | Promise<Reply> {
    const signed = request.header("authorization") !== undefined || request.query.has("sig");
    if (!signed) return blobError("NoAuthenticationInformation", request);
    const { container: name, key } = locate(request);
    const known = this.containers.get(name);
    const account = accountReply(operation, [...this.containers.keys()]);
    if (account !== undefined) return account;
    if (operation === "CreateContainer") {
      if (known !== undefined) return blobError("ContainerAlreadyExists", request);
      this.container(name);
      return { status: 201 };
    }
    if (known === undefined) return blobError("ContainerNotFound", request);
    switch (operation) {
      case "ListBlobs":
        return listBlobs(known.bucket, request);
      case "GetContainerProperties":
        return { status: 200, headers: `ETag: "0x8DD"\r\nLast-Modified: ${httpTime(0)}\r\n` };
      case "GetBlob":
      case "GetBlobProperties":
        return read(known.bucket, key, request);
      case "PutBlob":
        return this.#putBlob(known, key, request, request.content, undefined);
      case "PutBlobFromUrl":
        return this.#fromUrl(request, (fetched) =>
          this.#putBlob(known, key, request, fetched.content, fetched),
        );
      case "PutBlock":
        return this.#putBlock(known, key, request, request.content);
      case "PutBlockFromUrl":
        return this.#fromUrl(request, ({ content }) =>
          this.#putBlock(known, key, request, content),
        );
      case "PutBlockList":
        return this.#putBlockList(known, key, request);
      case "GetBlockList":
        return known.blocks.list(key, known.bucket.get(key) !== undefined, request);
      case "DeleteBlob":
        return deleteBlob(known, key, request);
      case "SetTier":
        return { status: 200 };
      default:
        return blobError("NotImplemented", request);
    }
  }

  async #fromUrl(request: HttpRequest, then: (fetched: Fetched) => Reply): Promise<Reply> {
    const text = request.header("x-ms-copy-source") ?? "";
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const port = url === undefined ? undefined : this.#portOf(url);
    if (url === undefined || port === undefined) {
      return blobError("CannotVerifyCopySource", request);
    }
    let headers = "";
    const range = request.header("x-ms-source-range") ?? request.header("x-ms-range");
    if (range !== undefined) headers += `Range: ${range}\r\n`;
    const match = request.header("x-ms-source-if-match");
    if (match !== undefined) headers += `If-Match: ${match}\r\n`;
    const { counted } = this.counters;
    const fetched = await this.#fetch
      .get(port, url, headers, (count) => {
        counted.bytesFetched += count;
      })
      .catch(() => undefined);
    if (fetched === undefined) return blobError("CannotVerifyCopySource", request, 500);
    if (fetched.status === 412) return blobError("SourceConditionNotMet", request);
    if (fetched.status >= 300) return blobError("CannotVerifyCopySource", request, fetched.status);
    return then(fetched);
  }

  #putBlob(
    { bucket, blocks }: Container,
    key: string,
    request: HttpRequest,
    content: Content,
    source: Fetched | undefined,
  ): Reply {
    const refused = commitRefused(request, bucket.get(key)) ?? this.#wrong(request, content);
    if (refused !== undefined) return blobError(refused, request);
    const computed = content.length <= MD5_LIMIT ? content.md5().toString("base64") : undefined;
    const stored = this.#store(bucket, key, request, content, computed, source);
    blocks.drop(key);
    return {
      status: 201,
      headers: writtenHeaders(stored) + proofHeaders(request, content, computed),
    };
  }

  #putBlock({ blocks }: Container, key: string, request: HttpRequest, content: Content): Reply {
    const wrong = this.#wrong(request, content);
    if (wrong !== undefined) return blobError(wrong, request);
    if (!blocks.stage(key, request.query.get("blockid") ?? "", content)) {
      return blobError("InvalidBlobOrBlock", request);
    }
    return { status: 201, headers: proofHeaders(request, content, undefined) };
  }

  #putBlockList({ bucket, blocks }: Container, key: string, request: HttpRequest): Reply {
    const refused = commitRefused(request, bucket.get(key));
    if (refused !== undefined) return blobError(refused, request);
    const content = blocks.commit(key, request.text());
    if (content === undefined) return blobError("InvalidBlockList", request);
    return {
      status: 201,
      headers: writtenHeaders(this.#store(bucket, key, request, content, undefined, undefined)),
    };
  }

  #store(
    bucket: Bucket,
    key: string,
    request: HttpRequest,
    content: Content,
    computedMd5: string | undefined,
    source: Fetched | undefined,
  ): Stored {
    this.#written += 1;
    const headers = request.prefixed("x-ms-blob-");
    // Properties of the source are kept unless the request says otherwise.
    const type = headers["content-type"] ?? source?.header("content-type");
    const stored: Stored = {
      content,
      size: content.length,
      etag: `0x8DE${this.#written.toString(16).toUpperCase().padStart(12, "0")}`,
      modified: Date.now(),
      version: 1,
      metadata: request.prefixed("x-ms-meta-"),
      headers: { ...headers, ...(type === undefined ? {} : { "content-type": type }) },
      contentMd5: headers["content-md5"] ?? computedMd5,
    };
    bucket.put(key, stored);
    return stored;
  }

  /** The bytes are not what the request says they are. */
  #wrong(request: HttpRequest, content: Content): string | undefined {
    if (!this.weather.conditions.check) return undefined;
    const crc = request.header("x-ms-content-crc64") ?? request.header("x-ms-source-content-crc64");
    if (crc !== undefined && fromAzureBase64(crc) !== content.crc64()) return "Crc64Mismatch";
    const md5 = request.header("content-md5") ?? request.header("x-ms-source-content-md5");
    if (md5 === undefined || content.length > MD5_LIMIT) return undefined;
    return md5 === content.md5().toString("base64") ? undefined : "Md5Mismatch";
  }
}

function locate(request: HttpRequest): { container: string; key: string } {
  const path = request.path.includes("%") ? decodeURIComponent(request.path) : request.path;
  const account = path.indexOf("/", 1);
  const slash = account < 0 ? -1 : path.indexOf("/", account + 1);
  if (account < 0) return { container: "", key: "" };
  return slash < 0
    ? { container: path.slice(account + 1), key: "" }
    : { container: path.slice(account + 1, slash), key: path.slice(slash + 1) };
}

function commitRefused(request: HttpRequest, now: Stored | undefined): string | undefined {
  const none = request.header("if-none-match");
  if (none !== undefined && now !== undefined) {
    if (none === "*") return "BlobAlreadyExists";
    if (none.replaceAll('"', "") === now.etag) return "ConditionNotMet";
  }
  const match = request.header("if-match");
  if (match === undefined || (match === "*" && now !== undefined)) return undefined;
  return match.replaceAll('"', "") === now?.etag ? undefined : "ConditionNotMet";
}

function writtenHeaders(stored: Stored): string {
  return `ETag: "${stored.etag}"\r\nLast-Modified: ${httpTime(stored.modified)}\r\nx-ms-request-server-encrypted: true\r\n`;
}

/** What Azure says of the bytes it took: their CRC-64, or their MD5 where the request carried one. */
function proofHeaders(request: HttpRequest, content: Content, md5: string | undefined): string {
  const asked = request.header("content-md5") ?? request.header("x-ms-source-content-md5");
  const shown = asked ?? md5;
  const md5Line = shown === undefined ? "" : `Content-MD5: ${shown}\r\n`;
  if (asked !== undefined) return md5Line;
  return `${md5Line}x-ms-content-crc64: ${toAzureBase64(content.crc64())}\r\n`;
}

function read(bucket: Bucket, key: string, request: HttpRequest): Reply {
  const stored = bucket.get(key);
  if (stored === undefined) return blobError("BlobNotFound", request);
  const match = request.header("if-match");
  if (match !== undefined && match !== "*" && match.replaceAll('"', "") !== stored.etag) {
    return blobError("ConditionNotMet", request);
  }
  let headers = `ETag: "${stored.etag}"\r\nLast-Modified: ${httpTime(stored.modified)}\r\nx-ms-blob-type: BlockBlob\r\nx-ms-access-tier: Hot\r\nx-ms-lease-status: unlocked\r\nx-ms-lease-state: available\r\nx-ms-creation-time: ${httpTime(stored.modified)}\r\nAccept-Ranges: bytes\r\nContent-Type: ${stored.headers["content-type"] ?? "application/octet-stream"}\r\n`;
  for (const name of [
    "content-encoding",
    "content-language",
    "content-disposition",
    "cache-control",
  ]) {
    const value = stored.headers[name];
    if (value !== undefined && value !== "") headers += `${name}: ${value}\r\n`;
  }
  for (const name in stored.metadata)
    headers += `x-ms-meta-${name}: ${stored.metadata[name] ?? ""}\r\n`;
  const md5 = stored.contentMd5 === undefined ? "" : `Content-MD5: ${stored.contentMd5}\r\n`;
  const range = request.header("x-ms-range") ?? request.header("range");
  if (range === undefined || request.method === "HEAD") {
    return { status: 200, headers: headers + md5, body: stored.content };
  }
  const span = parseRange(range, stored.size);
  if (span === undefined) return blobError("InvalidRange", request);
  headers += `Content-Range: bytes ${span[0]}-${span[1] - 1}/${stored.size}\r\n`;
  return { status: 206, headers, body: stored.content.slice(span[0], span[1]) };
}

function deleteBlob({ bucket, blocks }: Container, key: string, request: HttpRequest): Reply {
  const now = bucket.get(key);
  if (now === undefined) return blobError("BlobNotFound", request);
  const refused = commitRefused(request, now);
  if (refused !== undefined) return blobError(refused, request);
  bucket.delete(key);
  blocks.drop(key);
  return { status: 202 };
}
