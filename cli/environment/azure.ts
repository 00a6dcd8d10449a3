import { NoAccess } from "../errors.ts";
import { showAddress, type AzureAddress } from "../address/address.ts";
import { first, type Environment } from "./aws.ts";

export interface AzureAccess {
  readonly account: string;
  /** `https://ACCOUNT.blob.core.windows.net`, `http://127.0.0.1:10000/ACCOUNT`. */
  readonly endpoint: string;
  readonly container: string;
  readonly credential:
    | { readonly kind: "sas"; readonly token: string }
    | { readonly kind: "key"; readonly key: string };
}

/** What a connection string says. */
interface Connection {
  readonly account?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly key?: string | undefined;
  readonly sas?: string | undefined;
}

/** The emulator's well-known account and key: https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string */
const DEVELOPMENT: Connection = {
  account: "devstoreaccount1",
  endpoint: "http://127.0.0.1:10000/devstoreaccount1",
  key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
};

/**
 * Reads the variables that the Azure CLI and the SDKs read: the address's own SAS first, then the connection string, then account with key or SAS. A
 * credential of the environment is used for its own account only.
 */
export function azureAccess(address: AzureAddress, env: Environment): AzureAccess {
  const connection = connectionOf(first(env, "AZURE_STORAGE_CONNECTION_STRING"));
  const account = address.account ?? connection?.account ?? first(env, "AZURE_STORAGE_ACCOUNT");
  if (account === undefined) throw noAccount(address);
  const own = connection?.account === account ? connection : undefined;
  const named = first(env, "AZURE_STORAGE_ACCOUNT") ?? account;
  return {
    account,
    endpoint: address.endpoint ?? own?.endpoint ?? publicEndpoint(account, env),
    container: address.container,
    credential:
      credentialOf({ sas: address.sas }) ??
      credentialOf(own ?? {}) ??
      (named === account
        ? credentialOf({
            key: first(env, "AZURE_STORAGE_KEY"),
            sas: first(env, "AZURE_STORAGE_SAS_TOKEN"),
          })
        : undefined) ??
      missing(address, account),
  };
}

function credentialOf(from: Connection): AzureAccess["credential"] | undefined {
  if (from.key !== undefined) return { kind: "key", key: from.key };
  if (from.sas === undefined) return undefined;
  const token = from.sas.replace(/^\?/, "");
  if (new URLSearchParams(token).get("sig") === null) {
    throw new NoAccess(
      "The SAS has no sig=: it is not one, or a shell cut it at its first &. Put it into quotes.",
    );
  }
  return { kind: "sas", token };
}

function connectionOf(text: string | undefined): Connection | undefined {
  if (text === undefined) return undefined;
  const parts = new Map<string, string>();
  for (const part of text.split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0)
      parts.set(part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim());
  }
  if (parts.get("usedevelopmentstorage")?.toLowerCase() === "true") return DEVELOPMENT;
  const endpoint = parts.get("blobendpoint")?.replace(/\/$/, "");
  const account =
    parts.get("accountname") ?? (endpoint === undefined ? undefined : accountOf(endpoint));
  if (account === undefined) {
    throw new NoAccess(
      "AZURE_STORAGE_CONNECTION_STRING names neither AccountName nor BlobEndpoint. Copy it from the account's access keys, in quotes.",
    );
  }
  return {
    account,
    endpoint:
      endpoint ??
      `${parts.get("defaultendpointsprotocol") ?? "https"}://${account}.blob.${parts.get("endpointsuffix") ?? "core.windows.net"}`,
    key: parts.get("accountkey"),
    sas: parts.get("sharedaccesssignature"),
  };
}

/** The account that an endpoint names: in its host, or in its path where the host is an address. */
function accountOf(endpoint: string): string | undefined {
  const url = URL.parse(endpoint);
  if (url === null) return undefined;
  const byPath = url.pathname.slice(1);
  return byPath === "" ? url.hostname.split(".", 1)[0] : byPath;
}

function publicEndpoint(account: string, env: Environment): string {
  return first(env, "AZURE_STORAGE_SERVICE_ENDPOINT") ?? `https://${account}.blob.core.windows.net`;
}

function noAccount(address: AzureAddress): NoAccess {
  return new NoAccess(
    `No storage account for ${showAddress(address)}. Looked for AZURE_STORAGE_CONNECTION_STRING and AZURE_STORAGE_ACCOUNT; or write https://ACCOUNT.blob.core.windows.net/${address.container}/...`,
  );
}

function missing(address: AzureAddress, account: string): never {
  throw new NoAccess(
    `No credentials for the storage account ${account}. Looked for a SAS on the address, then for AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY and AZURE_STORAGE_SAS_TOKEN (with AZURE_STORAGE_ACCOUNT, if set, naming this account). A SAS needs read, write, create, list and, for --mirror, delete; make one with: az storage container generate-sas --account-name ${account} --name ${address.container} --permissions racwdl --expiry ...`,
  );
}
