import { ArmError } from "../arm/errors.ts";
import type { PublicAccess } from "../arm/model.ts";
import { authorization } from "./shared-key.ts";

/** Who asks: ARM, with the account's own key. */
export interface Owner {
  readonly name: string;
  /** Base64. */
  readonly key: string;
}

export interface ContainerProperties {
  readonly etag: string;
  readonly lastModified: Date;
  readonly publicAccess: PublicAccess;
  readonly leaseStatus: string;
  readonly leaseState: string;
  readonly metadata: Readonly<Record<string, string>>;
}

type Headers = Record<string, string>;

/**
 * The containers of an account, straight from Azurite: ARM acts on the data plane from inside, where no
 * firewall stands.
 */
export class Containers {
  readonly #port: () => number;

  constructor(port: () => number) {
    this.#port = port;
  }

  /** False when it exists already. */
  async create(
    owner: Owner,
    name: string,
    access: PublicAccess,
    metadata: Readonly<Record<string, string>>,
  ): Promise<boolean> {
    const headers = { ...accessHeader(access), ...metadataHeaders(metadata) };
    const response = await this.#send("PUT", owner, `/${name}?restype=container`, headers);
    if (response.headers.get("x-ms-error-code") === "ContainerAlreadyExists") return false;
    accept("create a container", response, 201);
    return true;
  }

  async setAccess(owner: Owner, name: string, access: PublicAccess): Promise<void> {
    const path = `/${name}?restype=container&comp=acl`;
    const current = await this.#send("GET", owner, path);
    accept("read a container's access policies", current, 200);
    const policies = await current.text();
    const response = await this.#send("PUT", owner, path, accessHeader(access), policies);
    accept("set a container's access", response, 200);
  }

  async setMetadata(
    owner: Owner,
    name: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<void> {
    const path = `/${name}?restype=container&comp=metadata`;
    const response = await this.#send("PUT", owner, path, metadataHeaders(metadata));
    accept("set a container's metadata", response, 200);
  }

  /** Undefined when there is no such container. */
  async get(owner: Owner, name: string): Promise<ContainerProperties | undefined> {
    const response = await this.#send("GET", owner, `/${name}?restype=container`);
    if (response.status === 404) return undefined;
    accept("get a container", response, 200);
    return properties(response);
  }

  /** False when there was none. */
  async delete(owner: Owner, name: string): Promise<boolean> {
    const response = await this.#send("DELETE", owner, `/${name}?restype=container`);
    if (response.status === 404) return false;
    accept("delete a container", response, 202);
    return true;
  }

  async list(owner: Owner): Promise<string[]> {
    const names: string[] = [];
    let marker = "";
    do {
      const response = await this.#send(
        "GET",
        owner,
        `/?comp=list&marker=${encodeURIComponent(marker)}`,
      );
      accept("list containers", response, 200);
      const xml = await response.text();
      // Container names hold no character that XML would escape.
      for (const [, name] of xml.matchAll(/<Name>([^<]+)<\/Name>/g)) names.push(name ?? "");
      marker = /<NextMarker>([^<]+)<\/NextMarker>/.exec(xml)?.[1] ?? "";
    } while (marker !== "");
    return names;
  }

  async #send(
    method: string,
    owner: Owner,
    path: string,
    headers: Headers = {},
    body = "",
  ): Promise<Response> {
    const target = `/${owner.name}${path}`;
    const signed: Headers = {
      ...headers,
      "x-ms-version": "2021-12-02",
      "x-ms-date": new Date().toUTCString(),
      ...(body === ""
        ? {}
        : { "content-type": "application/xml", "content-length": String(Buffer.byteLength(body)) }),
    };
    signed["authorization"] = authorization(owner.name, owner.key, {
      method,
      target,
      headers: signed,
    });
    delete signed["content-length"];
    return fetch(`http://127.0.0.1:${this.#port()}${target}`, {
      method,
      headers: { ...signed, "x-forwarded-proto": "https" },
      ...(body === "" ? {} : { body }),
    });
  }
}

/** Throws what ARM makes of an answer that the data plane should not have given (a lease stands, say). */
function accept(operation: string, response: Response, status: number): void {
  if (response.status === status) return;
  const code = response.headers.get("x-ms-error-code") ?? "ContainerOperationFailure";
  throw new ArmError(response.status, code, `The blob service did not ${operation}: ${code}.`);
}

function accessHeader(access: PublicAccess): Headers {
  return access === "None" ? {} : { "x-ms-blob-public-access": access.toLowerCase() };
}

function metadataHeaders(metadata: Readonly<Record<string, string>>): Headers {
  return Object.fromEntries(Object.entries(metadata).map(([k, v]) => [`x-ms-meta-${k}`, v]));
}

function properties({ headers }: Response): ContainerProperties {
  const access = headers.get("x-ms-blob-public-access");
  const metadata = [...headers].flatMap(([name, value]) =>
    name.startsWith("x-ms-meta-") ? [[name.slice("x-ms-meta-".length), value] as const] : [],
  );
  return {
    etag: headers.get("etag") ?? "",
    lastModified: new Date(headers.get("last-modified") ?? 0),
    publicAccess: access === "blob" ? "Blob" : access === "container" ? "Container" : "None",
    leaseStatus: headers.get("x-ms-lease-status") ?? "unlocked",
    leaseState: headers.get("x-ms-lease-state") ?? "available",
    metadata: Object.fromEntries(metadata),
  };
}
