import {
  AnonymousCredential,
  BlobServiceClient,
  StorageSharedKeyCredential,
  type ContainerClient,
  type RestError,
} from "@azure/storage-blob";
import type { BackendObjects } from "./objects.ts";

/** An Azure container, by the parameters and the environment that gocloud.dev reads; undefined where it would sign in with Entra. */
export function azblobObjects(url: URL, env: NodeJS.ProcessEnv): BackendObjects | undefined {
  const container = serviceOf(url, env)?.getContainerClient(url.hostname);
  if (container === undefined) return undefined;
  const under = url.pathname.replace(/^\/|\/$/g, "");
  const full = (key: string): string => (under === "" ? key : `${under}/${key}`);
  return {
    list: async (prefix) => {
      const keys: string[] = [];
      for await (const { name } of container.listBlobsFlat({ prefix: full(prefix) }))
        keys.push(name.slice(full("").length));
      return keys;
    },
    read: (key) => read(container, full(key)),
    close: () => undefined,
  };
}

async function read(container: ContainerClient, name: string): Promise<string | undefined> {
  try {
    return (await container.getBlobClient(name).downloadToBuffer()).toString("utf8");
  } catch (error) {
    if ((error as RestError).statusCode === 404) return undefined;
    throw error;
  }
}

function serviceOf(url: URL, env: NodeJS.ProcessEnv): BlobServiceClient | undefined {
  const connection = env.AZURE_STORAGE_CONNECTION_STRING ?? env.AZURE_STORAGEBLOB_CONNECTIONSTRING;
  const account = url.searchParams.get("storage_account") ?? env.AZURE_STORAGE_ACCOUNT;
  const { AZURE_STORAGE_KEY: key, AZURE_STORAGE_SAS_TOKEN: sas } = env;
  if (account !== undefined && key !== undefined)
    return new BlobServiceClient(
      serviceUrl(url, env, account),
      new StorageSharedKeyCredential(account, key),
    );
  if (account !== undefined && sas !== undefined)
    return new BlobServiceClient(
      `${serviceUrl(url, env, account)}?${sas.replace(/^\?/, "")}`,
      new AnonymousCredential(),
    );
  return connection === undefined ? undefined : BlobServiceClient.fromConnectionString(connection);
}

/** As gocloud.dev's NewServiceURL makes it. */
function serviceUrl(url: URL, env: NodeJS.ProcessEnv, account: string): string {
  const given = (name: string, variable: string): string | undefined =>
    url.searchParams.get(name) ?? env[variable];
  const protocol = given("protocol", "AZURE_STORAGE_PROTOCOL") ?? "https";
  const domain = given("domain", "AZURE_STORAGE_DOMAIN") ?? "blob.core.windows.net";
  const emulated = given("localemu", "AZURE_STORAGE_IS_LOCAL_EMULATOR") === "true";
  if (emulated || /^(127\.0\.0\.1|localhost)/.test(domain))
    return `${protocol}://${domain}/${account}`;
  if (given("cdn", "AZURE_STORAGE_IS_CDN") === "true") return `${protocol}://${domain}`;
  return `${protocol}://${account}.${domain}`;
}
