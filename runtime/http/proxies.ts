import { BlockList, isIP } from "node:net";
import { BadJob } from "../errors.ts";
import { keepSecret } from "../secrets.ts";
import type { Place } from "./wire/connect.ts";

/** Whom connections to the outside go through. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization. */
  readonly authorization: string | undefined;
}

/** The proxy for a place; undefined: none. */
export type Proxies = (place: Place) => Proxy | undefined;

/**
 * HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in capitals or not, as curl and Go read them: names with all that end in them, addresses, networks, each with a
 * port or without, `*`. This machine and link-local addresses, where credentials are handed out, are never reached through a proxy.
 * @throws BadJob when one of them is no proxy's address
 */
export function proxiesOf(env: NodeJS.ProcessEnv): Proxies {
  const all = proxyIn(env, "ALL_PROXY");
  const secure = proxyIn(env, "HTTPS_PROXY") ?? all;
  const plain = proxyIn(env, "HTTP_PROXY") ?? all;
  const excepted = exceptions(variable(env, "NO_PROXY") ?? "");
  return (place) => {
    const proxy = place.secure ? secure : plain;
    return proxy === undefined || isNear(place.host) || excepted(place) ? undefined : proxy;
  };
}

function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name.toLowerCase()] ?? env[name];
  return value?.trim() === "" ? undefined : value?.trim();
}

function proxyIn(env: NodeJS.ProcessEnv, name: string): Proxy | undefined {
  const text = variable(env, name);
  if (text === undefined) return undefined;
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url?.protocol !== "http:" || url.hostname === "") {
    // The text may hold a password.
    throw new BadJob(
      `${name} is no address of an HTTP proxy. Expected one such as http://proxy.example.com:3128, got ${url === null ? "something else" : `a ${url.protocol}// address`}.`,
    );
  }
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  const proof = Buffer.from(`${user}:${password}`).toString("base64");
  for (const secret of password === "" ? [] : [password, proof]) keepSecret(secret);
  return {
    host: bare(url.hostname),
    port: url.port === "" ? 80 : Number(url.port),
    authorization: user === "" ? undefined : `Basic ${proof}`,
  };
}

const near = new BlockList();
near.addSubnet("127.0.0.0", 8);
near.addSubnet("169.254.0.0", 16);
near.addAddress("::1", "ipv6");
near.addSubnet("fe80::", 10, "ipv6");

function isNear(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || inList(near, host);
}

/** What NO_PROXY excepts. */
function exceptions(text: string): (place: Place) => boolean {
  const entries = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "");
  if (entries.includes("*")) return () => true;
  const networks = new BlockList();
  const names: { readonly name: string; readonly port: number | undefined }[] = [];
  for (const entry of entries) {
    const [, address = "", bits] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
    if (bits !== undefined && isIP(address) !== 0) {
      networks.addSubnet(address, Number(bits), isIP(address) === 6 ? "ipv6" : "ipv4");
      continue;
    }
    const [, name = entry, port] =
      isIP(entry) === 0 ? (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []) : [];
    names.push({
      name: bare(name).replace(/^\*?\./, ""),
      port: port === undefined ? undefined : Number(port),
    });
  }
  return ({ host, port }) => {
    if (inList(networks, host)) return true;
    const wanted = host.toLowerCase();
    return names.some(
      (one) =>
        (one.port === undefined || one.port === port) &&
        (wanted === one.name || wanted.endsWith(`.${one.name}`)),
    );
  };
}

function inList(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 6 ? "ipv6" : "ipv4");
}

/** Without the brackets of an IPv6 address. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
