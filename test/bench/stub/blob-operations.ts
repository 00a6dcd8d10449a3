import { blobXml } from "./blob-answers.ts";
import type { Reply } from "./connection.ts";
import type { HttpRequest } from "./request.ts";

/** The name of a request's operation, as counters and faults use it. */
export function operationOf(request: HttpRequest): string {
  const { method, query } = request;
  const component = query.get("comp");
  const kind = query.get("restype");
  if (kind === "service") return "GetServiceProperties";
  if (kind === "account") return "GetAccountInfo";
  if (kind === "container") return containerOperation(method, component);
  const fromUrl = request.header("x-ms-copy-source") !== undefined;
  switch (component) {
    case undefined:
      break;
    case "list":
      return "ListContainers";
    case "block":
      return fromUrl ? "PutBlockFromUrl" : "PutBlock";
    case "blocklist":
      return method === "PUT" ? "PutBlockList" : "GetBlockList";
    case "tier":
      return "SetTier";
    default:
      return `${method} ${component}`;
  }
  if (method === "GET") return "GetBlob";
  if (method === "HEAD") return "GetBlobProperties";
  if (method === "DELETE") return "DeleteBlob";
  if (method !== "PUT") return "Unknown";
  if (!fromUrl) return "PutBlob";
  return request.header("x-ms-blob-type") === undefined ? "CopyBlob" : "PutBlobFromUrl";
}

function containerOperation(method: string, component: string | undefined): string {
  if (component === "list") return "ListBlobs";
  if (component !== undefined) return `${method} container ${component}`;
  return method === "PUT" ? "CreateContainer" : "GetContainerProperties";
}

/** Answers that concern no container. */
export function accountReply(operation: string, containers: readonly string[]): Reply | undefined {
  switch (operation) {
    case "GetAccountInfo":
      return {
        status: 200,
        headers:
          "x-ms-sku-name: Standard_LRS\r\nx-ms-account-kind: StorageV2\r\nx-ms-is-hns-enabled: false\r\n",
      };
    case "GetServiceProperties":
      return blobXml("<StorageServiceProperties></StorageServiceProperties>");
    case "ListContainers":
      return blobXml(
        `<EnumerationResults ServiceEndpoint="http://127.0.0.1/"><Containers>${containers
          .map((name) => `<Container><Name>${name}</Name><Properties></Properties></Container>`)
          .join("")}</Containers><NextMarker /></EnumerationResults>`,
      );
    default:
      return undefined;
  }
}
