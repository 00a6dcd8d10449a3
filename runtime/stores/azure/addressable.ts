import { isIP, isIPv4 } from "node:net";
import type { Reference } from "../contract.ts";
import { MOST_URL_BYTES } from "./copy-source.ts";

/** What a presigned query needs at least besides origin and key: algorithm, credential, date, expiry, signed headers, signature. */
const SIGNATURE_BYTES = 300;

/**
 * Why Azure cannot read a source, as far as that can be told without asking it; undefined: it may. What it refuses all the same (a policy that admits a VPC only, a
 * firewall) comes back as `CannotReadSource`.
 */
export function whyUnreadable(from: Reference, targetIsLocal: boolean): string | undefined {
  return whyUnreachable(from.s3.origin, targetIsLocal) ?? whyUnaddressable(from);
}

// Every object asks for one of a few origins. Empty: no reason.
const fromLocal = new Map<string, string>();
const fromElsewhere = new Map<string, string>();

function whyUnreachable(origin: string, targetIsLocal: boolean): string | undefined {
  const known = targetIsLocal ? fromLocal : fromElsewhere;
  let why = known.get(origin);
  if (why === undefined) {
    why = findWhyUnreachable(origin, targetIsLocal) ?? "";
    if (known.size > 256) known.clear();
    known.set(origin, why);
  }
  return why === "" ? undefined : why;
}

function findWhyUnreachable(origin: string, targetIsLocal: boolean): string | undefined {
  const { protocol, hostname } = new URL(origin);
  if (isLoopback(hostname)) {
    return targetIsLocal ? undefined : "the source's endpoint is on this machine";
  }
  if (protocol !== "https:") return "the source's endpoint is not https";
  return isPrivate(hostname) ? "the source's endpoint has a private address" : undefined;
}

/** Names that a URL does not carry as they are: what reads it takes out dots, joins slashes, turns backslashes. */
const BENT = /(?:^|\/)\.{1,2}(?:\/|$)|\.(?:\/|$)|^\/|\/\/|[\\\p{Cc}]/u;

function whyUnaddressable({ key, s3, pin }: Reference): string | undefined {
  if (BENT.test(key)) return "Azure would change the source's name on the way";
  const besides =
    s3.origin.length + s3.bucket.length + (pin.version ?? "").length + SIGNATURE_BYTES;
  // Encoded, a UTF-16 unit has nine characters at most: short keys need not be.
  if (besides + 9 * key.length <= MOST_URL_BYTES) return undefined;
  if (besides + encodeURIComponent(key).length <= MOST_URL_BYTES) return undefined;
  return `the source's URL would be longer than the ${MOST_URL_BYTES} bytes that Azure takes`;
}

/** @param hostname as a URL has it: IPv6 in brackets */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  return (
    host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127\./.test(host)
  );
}

function isPrivate(hostname: string): boolean {
  const host = bare(hostname);
  if (isIPv4(host)) return PRIVATE_V4.test(host);
  if (isIP(host) !== 0) return PRIVATE_V6.test(host);
  // Names of an inner network: without a dot, under the suffixes that no public name has, and an interface endpoint's.
  return !host.includes(".") || /\.(?:internal|local|lan|home\.arpa)$|\.vpce\./.test(host);
}

/** RFC 1918, link-local, carrier-grade NAT, this network. */
const PRIVATE_V4 =
  /^(?:10\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|169\.254\.|0\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;
/** Unique local, link-local, unspecified, IPv4 in IPv6. */
const PRIVATE_V6 = /^(?:f[cd]|fe[89ab]|::$|::ffff:)/;

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "").toLowerCase();
}
