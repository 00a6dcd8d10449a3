import { keepSecret } from "../../runtime/secrets.ts";
import { BadUsage, NoAccess } from "../errors.ts";
import type { RawOptions } from "../options.ts";
import type { Config, Environment } from "./config-file.ts";

/** Which service, and as whom. */
export interface Settings {
  /** Without a slash at the end. */
  readonly url: string;
  /** Where the address comes from, for whoever wonders. */
  readonly urlFrom: string;
  /** CAUSEWAY_TOKEN; else there may be a session. */
  readonly token: string | undefined;
  readonly tenant: string | undefined;
}

const standard = "http://127.0.0.1:8080";

/** A flag, else the environment, else the file that login wrote, else this machine. */
export function readSettings(raw: RawOptions, env: Environment, config: Config): Settings {
  const found = [
    ["--url", textOf(raw["url"])],
    ["CAUSEWAY_URL", textOf(env["CAUSEWAY_URL"])],
    ["login", config.url],
    ["the default", standard],
  ] as const;
  const [urlFrom, url = standard] = found.find(([, value]) => value !== undefined) ?? found[3];
  const token = textOf(env["CAUSEWAY_TOKEN"]);
  if (token !== undefined) keepSecret(token);
  const tenant = textOf(raw["tenant"]) ?? textOf(env["CAUSEWAY_TENANT"]) ?? config.tenant;
  return { url: address(url, urlFrom), urlFrom, token, tenant };
}

function address(text: string, from: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    throw new BadUsage(
      `${from} is ${JSON.stringify(text)}. Expected the service's address, such as https://causeway.example.com.`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new BadUsage(
      `${from} holds a user or a password. Give a token by CAUSEWAY_TOKEN, or log in.`,
    );
  }
  return url.href.replace(/[?#].*$/, "").replace(/\/+$/, "");
}

/** A token goes over TLS, or stays on this machine. */
export function requirePrivate({ url }: Settings, env: Environment): void {
  const { protocol, hostname } = new URL(url);
  const here = hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
  if (protocol === "https:" || here || env["CAUSEWAY_INSECURE"] === "1") return;
  throw new NoAccess(
    `${url} is not https: everybody on the way could read the token. Use https, or set CAUSEWAY_INSECURE=1 if the network is yours.`,
  );
}

/** `acme/exports`, or `exports` of the tenant that is set. */
export function pipelineOf(
  text: string,
  { tenant }: Settings,
): { readonly tenant: string; readonly name: string } {
  const [first = "", second, ...more] = text.split("/");
  if (more.length > 0) {
    throw new BadUsage(`${JSON.stringify(text)} is no pipeline. Expected NAME or TENANT/NAME.`);
  }
  if (second !== undefined) return { tenant: first, name: second };
  return { tenant: tenantOf(tenant), name: first };
}

export function tenantOf(tenant: string | undefined): string {
  if (tenant !== undefined) return tenant;
  throw new BadUsage(
    "Which tenant? Give --tenant NAME, set CAUSEWAY_TENANT, or write TENANT/NAME.",
  );
}

export function textOf(value: RawOptions[string]): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
