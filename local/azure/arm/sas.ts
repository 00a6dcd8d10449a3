import { createHmac } from "node:crypto";
import { invalidParameter } from "./errors.ts";
import type { AccountSasParameters, ServiceSasParameters } from "./model.ts";

/** The version that ARM's listServiceSas and listAccountSas sign with. */
const version = "2015-04-05";

/**
 * The token that ARM's listServiceSas gives: the same parameters and key always give the same token.
 * Pure. Throws InvalidValuesForRequestParameters.
 * https://learn.microsoft.com/rest/api/storageservices/create-service-sas (string-to-sign of 2015-04-05)
 */
export function serviceSas(account: string, key: string, p: ServiceSasParameters): string {
  const [, service, owner, container, ...blob] = p.canonicalizedResource.split("/");
  const named = owner === account && container !== undefined && container !== "";
  if (service !== "blob" || !named) throw invalidParameter("canonicalizedResource");
  const resource = p.resource ?? (blob.length > 0 ? "b" : "c");
  if (resource !== (blob.length > 0 ? "b" : "c")) throw invalidParameter("signedResource");
  if (p.identifier === undefined) {
    if (p.permissions === undefined) throw invalidParameter("signedPermission");
    if (p.sharedAccessExpiryTime === undefined) throw invalidParameter("signedExpiry");
  }
  if (p.permissions !== undefined && !/^[racwdxltmeopi]+$/.test(p.permissions)) {
    throw invalidParameter("signedPermission");
  }
  const times = {
    st: time(p.sharedAccessStartTime, "signedStart"),
    se: time(p.sharedAccessExpiryTime, "signedExpiry"),
  };
  checkOrder(times.st, times.se);
  const protocols = checkProtocols(p.protocols);
  const signature = sign(key, [
    p.permissions,
    times.st,
    times.se,
    p.canonicalizedResource,
    p.identifier,
    p.iPAddressOrRange,
    protocols,
    version,
    p.cacheControl,
    p.contentDisposition,
    p.contentEncoding,
    p.contentLanguage,
    p.contentType,
  ]);
  return query([
    ["sv", version],
    ["sr", resource],
    ["si", p.identifier],
    ["st", times.st],
    ["se", times.se],
    ["sp", p.permissions],
    ["sip", p.iPAddressOrRange],
    ["spr", protocols],
    ["rscc", p.cacheControl],
    ["rscd", p.contentDisposition],
    ["rsce", p.contentEncoding],
    ["rscl", p.contentLanguage],
    ["rsct", p.contentType],
    ["sig", signature],
  ]);
}

/**
 * The token that ARM's listAccountSas gives. Pure. Throws InvalidValuesForRequestParameters.
 * https://learn.microsoft.com/rest/api/storageservices/create-account-sas (string-to-sign of 2015-04-05)
 */
export function accountSas(account: string, key: string, p: AccountSasParameters): string {
  if (!/^[bqtf]+$/.test(p.services)) throw invalidParameter("signedServices");
  if (!/^[sco]+$/.test(p.resourceTypes)) throw invalidParameter("signedResourceTypes");
  if (!/^[rwdxylacuptmfie]+$/.test(p.permissions)) throw invalidParameter("signedPermission");
  const st = time(p.sharedAccessStartTime, "signedStart");
  const se = time(p.sharedAccessExpiryTime, "signedExpiry");
  checkOrder(st, se);
  const protocols = checkProtocols(p.protocols);
  const signature = sign(key, [
    account,
    p.permissions,
    p.services,
    p.resourceTypes,
    st,
    se,
    p.iPAddressOrRange,
    protocols,
    version,
    "",
  ]);
  return query([
    ["sv", version],
    ["ss", p.services],
    ["srt", p.resourceTypes],
    ["sp", p.permissions],
    ["st", st],
    ["se", se],
    ["sip", p.iPAddressOrRange],
    ["spr", protocols],
    ["sig", signature],
  ]);
}

function sign(key: string, fields: readonly (string | undefined)[]): string {
  const stringToSign = fields.map((field) => field ?? "").join("\n");
  return createHmac("sha256", Buffer.from(key, "base64")).update(stringToSign).digest("base64");
}

function query(pairs: readonly (readonly [string, string | undefined])[]): string {
  return pairs
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
    )
    .join("&");
}

/** ARM normalizes times to whole seconds in UTC. */
function time(value: string | undefined, parameter: string): string | undefined {
  if (value === undefined) return undefined;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) throw invalidParameter(parameter);
  return `${date.toISOString().slice(0, 19)}Z`;
}

function checkOrder(start: string | undefined, expiry: string | undefined): void {
  if (start !== undefined && expiry !== undefined && expiry <= start) {
    throw invalidParameter("signedExpiry");
  }
}

function checkProtocols(protocols: string | undefined): string | undefined {
  if (protocols === undefined || protocols === "https" || protocols === "https,http")
    return protocols;
  throw invalidParameter("signedProtocol");
}
