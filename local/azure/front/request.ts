import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** How a request reached the front: the listener says it. */
export interface FrontRoute {
  /** The public address that the request left from. */
  readonly sourceAddress: string;
  /** False for a listener that stands for plain http. */
  readonly secure: boolean;
}

/** What the front reads of a blob request before anybody acts on it. */
export interface BlobRequest {
  readonly method: string;
  /** The request line's path and query, as they were sent. */
  readonly target: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly account: string;
  /** Empty at the account's own level. */
  readonly container: string;
  /** Decoded; empty at the container's level. */
  readonly blob: string;
  /** Azure's documented name, for example `Put Block From URL`. */
  readonly operation: string;
  readonly credentials: "shared key" | "sas" | "bearer" | "none";
}

export function parseRequest(req: IncomingMessage): BlobRequest {
  const target = req.url ?? "/";
  const url = new URL(target, "http://front");
  const [, account = "", container = "", ...blob] = url.pathname.split("/").map(decode);
  const method = req.method ?? "GET";
  const place =
    blob.length > 0 && blob.join("/") !== "" ? "blob" : container === "" ? "account" : "container";
  return {
    method,
    target,
    query: url.searchParams,
    headers: req.headers,
    account,
    container,
    blob: blob.join("/"),
    operation: operationOf(method, place, url.searchParams, req.headers),
    credentials: credentialsOf(url.searchParams, req.headers),
  };
}

/** One value of a header; repeated ones are joined. */
export function header(
  request: { headers: IncomingHttpHeaders },
  name: string,
): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function credentialsOf(
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): BlobRequest["credentials"] {
  const authorization = headers.authorization ?? "";
  if (authorization.startsWith("SharedKey")) return "shared key";
  if (authorization !== "") return "bearer";
  return query.has("sig") ? "sas" : "none";
}

const names: Readonly<Record<string, string>> = {
  "GET account list": "List Containers",
  "PUT container": "Create Container",
  "GET container": "Get Container Properties",
  "HEAD container": "Get Container Properties",
  "DELETE container": "Delete Container",
  "GET container list": "List Blobs",
  "PUT container acl": "Set Container ACL",
  "GET container acl": "Get Container ACL",
  "GET blob": "Get Blob",
  "HEAD blob": "Get Blob Properties",
  "DELETE blob": "Delete Blob",
  "PUT blob properties": "Set Blob Properties",
  "PUT blob metadata": "Set Blob Metadata",
  "PUT blob tier": "Set Blob Tier",
  "PUT blob tags": "Set Blob Tags",
  "GET blob tags": "Get Blob Tags",
  "PUT blob lease": "Lease Blob",
  "PUT blob snapshot": "Snapshot Blob",
  "PUT blob blocklist": "Put Block List",
  "GET blob blocklist": "Get Block List",
};

/** Azure's name for what is asked; `METHOD place comp` for what nobody here needs a name for. Pure. */
export function operationOf(
  method: string,
  place: "account" | "container" | "blob",
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
): string {
  const comp = query.get("comp")?.toLowerCase() ?? "";
  if (method === "PUT" && place === "blob" && (comp === "" || comp === "block")) {
    return writeOperation(comp, headers);
  }
  const key = [method, place, comp].filter((part) => part !== "").join(" ");
  return names[key] ?? key;
}

function writeOperation(comp: string, headers: IncomingHttpHeaders): string {
  const copies = headers["x-ms-copy-source"] !== undefined;
  if (comp === "block") return copies ? "Put Block From URL" : "Put Block";
  if (!copies) return "Put Blob";
  if (headers["x-ms-blob-type"] !== undefined) return "Put Blob From URL";
  const synchronous = String(headers["x-ms-requires-sync"]).toLowerCase() === "true";
  return synchronous ? "Copy Blob From URL" : "Copy Blob";
}
