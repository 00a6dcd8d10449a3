import { createHmac } from "node:crypto";

import { bucketOfHost } from "../s3/address.ts";
import { queryPairs, splitTarget } from "./canonical.ts";
import type { WireRequest } from "./canonical.ts";
import { refusals } from "./refusals.ts";
import { sameSignature } from "./signature.ts";
import type { Credential } from "./signature.ts";
import type { VerifiedSignature } from "./verify.ts";

/** Query names that the signature covers. Source: "Signing and authenticating REST requests (version 2)". */
const SIGNED_QUERY = new Set(
  (
    "acl cors delete lifecycle location logging notification partNumber policy requestPayment " +
    "response-cache-control response-content-disposition response-content-encoding response-content-language " +
    "response-content-type response-expires restore tagging torrent uploadId uploads versionId versioning " +
    "versions website"
  ).split(" "),
);

/**
 * Verifies a presigned URL of Signature Version 2, which boto3 and the AWS CLI still make by default for S3 in the
 * older regions. Version 2 in headers is not accepted. Undefined when the request is none.
 */
export function verifyVersion2(
  request: WireRequest,
  headers: ReadonlyMap<string, string>,
  find: (accessKeyId: string) => Credential | undefined,
  now: Date,
): VerifiedSignature | undefined {
  const { path, query } = splitTarget(request.target);
  const pairs = queryPairs(query);
  const given = new Map(pairs);
  const [accessKeyId, signature, expires] = ["AWSAccessKeyId", "Signature", "Expires"].map((name) =>
    given.get(name),
  );
  if (accessKeyId === undefined || signature === undefined || expires === undefined) {
    return undefined;
  }
  const refuse = refusals("s3");
  const credential = find(accessKeyId);
  if (!credential) throw refuse.unknownKey(accessKeyId);
  const token = given.get("x-amz-security-token");
  if (token !== credential.sessionToken) throw refuse.badToken();
  if (credential.expiresAt && credential.expiresAt <= now) throw refuse.expiredToken();
  const left = Number(expires) - now.getTime() / 1000;
  if (!(left > 0)) throw refuse.expired(new Date(Number(expires) * 1000 || 0), 0, now);
  const text = [
    request.method,
    headers.get("content-md5") ?? "",
    headers.get("content-type") ?? "",
    expires,
    ...amzHeaders(headers, token),
    resource(headers.get("host"), path, pairs),
  ].join("\n");
  const expected = createHmac("sha1", credential.secretAccessKey).update(text).digest("base64");
  if (!sameSignature(expected, signature))
    throw refuse.mismatchVersion2(accessKeyId, text, signature);
  return {
    principal: credential.principal,
    presigned: true,
    signed: { accessKeyId, service: "s3", region: "", signedAt: now },
    body: { kind: "plain" },
  };
}

function amzHeaders(headers: ReadonlyMap<string, string>, token: string | undefined): string[] {
  const signed = new Map([...headers].filter(([name]) => name.startsWith("x-amz-")));
  if (token !== undefined) signed.set("x-amz-security-token", token);
  return [...signed]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}`);
}

/** `/bucket/key` as it is encoded on the wire, and the sub-resources in their order. */
function resource(
  host: string | undefined,
  path: string,
  pairs: readonly (readonly [string, string])[],
): string {
  const bucket = bucketOfHost(host ?? "");
  const signed = pairs
    .filter(([name]) => SIGNED_QUERY.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  const base = bucket === undefined ? path : `/${bucket}${path}`;
  return signed.length === 0 ? base : `${base}?${signed.join("&")}`;
}
