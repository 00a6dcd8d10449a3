import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AnonymousCredential, ContainerClient, type RestError } from "@azure/storage-blob";
import type {
  ServiceSasParameters,
  StorageAccountArgs,
} from "../../../../local/azure/arm/model.ts";
import type { LocalAzure } from "../../../../local/azure/azure.ts";

export const group = "landing-group";
export const needed = {
  location: "westeurope",
  kind: "StorageV2",
  sku: { name: "Standard_LRS" },
} satisfies StorageAccountArgs;

/** No retries: a test sees the first answer. */
export const clientOptions = { retryOptions: { maxTries: 1 } };

/** A container by a URL that holds its SAS, or none. */
export function containerAt(url: string): ContainerClient {
  return new ContainerClient(url, new AnonymousCredential(), clientOptions);
}

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "causeway-azure-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** An account with one container, `data`. */
export async function createAccount(
  azure: LocalAzure,
  name: string,
  args: StorageAccountArgs = {},
): Promise<void> {
  await azure.arm.putResourceGroup(group, { location: "westeurope" });
  await azure.arm.putStorageAccount(group, name, { ...needed, ...args });
  await azure.arm.putContainer(group, name, "data");
}

export async function sasFor(
  azure: LocalAzure,
  account: string,
  over: Partial<ServiceSasParameters> = {},
): Promise<string> {
  return azure.arm.serviceSas(group, account, {
    canonicalizedResource: `/blob/${account}/data`,
    resource: "c",
    permissions: "racwl",
    sharedAccessExpiryTime: new Date(Date.now() + 3_600_000).toISOString(),
    protocols: "https",
    ...over,
  });
}

export async function containerOf(
  azure: LocalAzure,
  account: string,
  over: Partial<ServiceSasParameters> = {},
  endpoint = azure.endpoint,
): Promise<ContainerClient> {
  const sas = await sasFor(azure, account, over);
  return containerAt(`${endpoint}/${account}/data?${sas}`);
}

/** `[status, code]` of the refusal; fails when there is none. */
export async function refusalOf(
  promise: Promise<unknown>,
): Promise<[number | undefined, string | undefined]> {
  try {
    await promise;
  } catch (error) {
    const { statusCode, details } = error as RestError & { details?: { errorCode?: string } };
    return [statusCode, details?.errorCode];
  }
  throw new Error("Expected a refusal, got an answer");
}

export interface TestServer {
  readonly url: string;
  close(): Promise<void>;
}

export async function serve(
  handler: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<TestServer> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
