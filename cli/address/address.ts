import { BadUsage } from "../errors.ts";

/** A bucket or container and what is meant of it. */
export interface S3Address {
  readonly kind: "s3";
  readonly bucket: string;
  readonly path: string;
  /** From a full URL: where the bucket's service is, and how the bucket is named there. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly style?: "path" | "virtual";
}

export interface AzureAddress {
  readonly kind: "azure";
  /** Undefined: the environment's. */
  readonly account?: string;
  /** The account's blob endpoint, from a full URL. */
  readonly endpoint?: string;
  readonly container: string;
  readonly path: string;
  /** A query string without its question mark. A secret. */
  readonly sas?: string;
}

export type Address = S3Address | AzureAddress;

const FORMS = `Addresses: s3://BUCKET/PREFIX, azure://CONTAINER/PREFIX, azure://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX, https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX?SAS, http://127.0.0.1:10000/ACCOUNT/CONTAINER/PREFIX?SAS, https://BUCKET.s3.REGION.amazonaws.com/PREFIX.`;

export function parseAddress(text: string): Address {
  if (text.startsWith("s3://")) return s3Address(text);
  if (text.startsWith("azure://")) return azureAddress(text);
  if (/^https?:\/\//.test(text)) return urlAddress(text);
  throw bad(text, "it begins with none of s3://, azure://, https:// and http://");
}

/** For people, and never with a SAS. */
export function showAddress(address: Address): string {
  const { path } = address;
  if (address.kind === "s3") return `s3://${address.bucket}/${path}`;
  return `azure://${address.account === undefined ? "" : `${address.account}/`}${address.container}/${path}`;
}

/** Keys are taken as they are: nothing in an s3:// or azure:// address is decoded. */
function s3Address(text: string): S3Address {
  const { first, rest } = split(text.slice("s3://".length));
  if (!/^[a-z0-9][a-z0-9._-]{1,62}$/i.test(first)) {
    throw bad(text, `${JSON.stringify(first)} is no bucket's name`);
  }
  return { kind: "s3", bucket: first, path: rest };
}

function azureAddress(text: string): AzureAddress {
  if (text.includes("?")) {
    throw bad(
      text,
      "a SAS goes into AZURE_STORAGE_SAS_TOKEN, or on the end of an https:// address",
    );
  }
  const { first, rest } = split(text.slice("azure://".length));
  if (!first.includes(".")) {
    return { kind: "azure", container: containerOf(first, text), path: rest };
  }
  const inner = split(rest);
  return {
    kind: "azure",
    account: first.slice(0, first.indexOf(".")),
    endpoint: `https://${first}`,
    container: containerOf(inner.first, text),
    path: inner.rest,
  };
}

function urlAddress(text: string): Address {
  const url = parseUrl(text);
  const s3 = amazon(url, text);
  if (s3 !== undefined) return s3;
  const sas = url.search.slice(1);
  if (/^[^.]+\.blob\./.test(url.hostname)) {
    const { first, rest } = split(decoded(url.pathname.slice(1), text));
    return azureUrl(url.hostname.split(".", 1)[0] ?? "", url.origin, first, rest, sas, text);
  }
  if (isLocal(url.hostname) || sas.includes("sig=")) {
    const account = split(decoded(url.pathname.slice(1), text));
    const { first, rest } = split(account.rest);
    return azureUrl(account.first, `${url.origin}/${account.first}`, first, rest, sas, text);
  }
  throw bad(
    text,
    "the host is neither Azure Blob Storage nor Amazon S3; for another S3 write s3://BUCKET/PREFIX with --source-endpoint or --target-endpoint",
  );
}

/** `BUCKET.s3.REGION.amazonaws.com`, `s3.REGION.amazonaws.com/BUCKET`, and their older forms. */
function amazon(url: URL, text: string): S3Address | undefined {
  const host = /^(?:(.+)\.)?s3(?:[.-](?:dualstack\.)?([a-z0-9-]+))?\.amazonaws\.com(\.cn)?$/.exec(
    url.hostname,
  );
  if (host === null) return undefined;
  if (url.search !== "") throw bad(text, "a presigned URL of one object is no address");
  const path = decoded(url.pathname.slice(1), text);
  const region = host[2] === undefined ? {} : { region: host[2] };
  if (host[1] !== undefined) return { kind: "s3", bucket: host[1], path, ...region };
  const { first, rest } = split(path);
  return { ...s3Address(`s3://${first}/${rest}`), ...region };
}

function azureUrl(
  account: string,
  endpoint: string,
  container: string,
  path: string,
  sas: string,
  text: string,
): AzureAddress {
  if (account === "") throw bad(text, "the storage account is missing");
  const token = sas === "" ? {} : { sas };
  return {
    kind: "azure",
    account,
    endpoint,
    container: containerOf(container, text),
    path,
    ...token,
  };
}

function containerOf(name: string, text: string): string {
  if (/^(?:\$root|\$web|\$logs|[a-z0-9](?:-?[a-z0-9]){2,62})$/.test(name)) return name;
  throw bad(
    text,
    name === "" ? "the container is missing" : `${JSON.stringify(name)} is no container's name`,
  );
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw bad(text, "it is no URL");
  }
}

function decoded(path: string, text: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw bad(text, "its percent-encoding is broken");
  }
}

function split(path: string): { readonly first: string; readonly rest: string } {
  const slash = path.indexOf("/");
  if (slash === -1) return { first: path, rest: "" };
  return { first: path.slice(0, slash), rest: path.slice(slash + 1) };
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^[\d.]+$/.test(host);
}

function bad(text: string, why: string): BadUsage {
  return new BadUsage(`${withoutQuery(text)} is no address: ${why}. ${FORMS}`);
}

/** A query may hold a SAS. */
function withoutQuery(text: string): string {
  return text.split("?", 1)[0] ?? "";
}
