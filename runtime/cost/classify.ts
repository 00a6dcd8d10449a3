import type { HttpRequest } from "../http/send.ts";
import type { Operation } from "./usage.ts";

export type Cloud = "s3" | "azure-blob";

type Asked = Pick<HttpRequest, "method" | "path" | "headers">;

/** How a request is billed. S3: "PUT, COPY, POST, LIST" and the rest; Azure: learn.microsoft.com, "Map each REST operation to a price" (GPv2). */
export function operationOf(cloud: Cloud, { method, path }: Asked): Operation {
  return cloud === "s3" ? s3Operation(method, path) : azureOperation(method, path);
}

function s3Operation(method: HttpRequest["method"], path: string): Operation {
  if (method === "PUT" || method === "POST") return "put";
  if (method === "DELETE") return "free";
  const query = path.indexOf("?");
  // Listings of objects, of uploads and of an upload's parts; a HEAD has none of these.
  const lists = query !== -1 && /[?&](?:list-type=|uploads(?:[=&]|$)|uploadId=)/.test(path);
  return lists ? "list" : "get";
}

function azureOperation(method: HttpRequest["method"], path: string): Operation {
  if (method === "DELETE") return "free";
  if (method === "HEAD" || method === "POST") return "other";
  const comp = /[?&]comp=([a-z]+)/.exec(path)?.[1];
  if (method === "PUT") return comp === "lease" ? "other" : "write";
  if (comp === undefined) return "read";
  return comp === "list" ? "list" : "other";
}

/** Whether the target's cloud reads the source for this request: one more GET there. A copy within S3 is billed as one request. */
export function readsSource(cloud: Cloud, { headers }: Asked): boolean {
  return cloud === "azure-blob" && headers["x-ms-copy-source"] !== undefined;
}
