import type { IncomingMessage } from "node:http";

import { AwsError } from "../contract.ts";
import type { Principal } from "../contract.ts";
import type { BodyProof } from "./body.ts";
import { canonicalHeaders, canonicalRequest } from "./canonical.ts";
import type { WireRequest } from "./canonical.ts";
import { readClaim } from "./claim.ts";
import type { Claim } from "./claim.ts";
import { refusals } from "./refusals.ts";
import { EMPTY_SHA256, sameSignature, signRequest, signingKey } from "./signature.ts";
import type { Credential } from "./signature.ts";
import { verifyVersion2 } from "./version2.ts";

export type { Credential } from "./signature.ts";
export { openBody } from "./body.ts";
export type { OpenedBody } from "./body.ts";

/** Who a request comes from and how its body must prove that it is the one that was signed. */
export interface VerifiedSignature {
  readonly principal: Principal;
  readonly presigned: boolean;
  /** Absent when nobody signed. */
  readonly signed?: {
    readonly accessKeyId: string;
    readonly service: string;
    /** Empty where the signature names none (a presigned URL of version 2). */
    readonly region: string;
    readonly signedAt: Date;
  };
  readonly body: BodyProof;
}

export const ANONYMOUS: Principal = { kind: "anonymous", arn: "*", accountId: "" };

const SKEW_MS = 15 * 60 * 1000;

/**
 * Verifies Signature Version 4 of a request, in its Authorization header or its query, without reading the body:
 * pass the result to {@link openBody}. A request without a signature is anonymous, not an error.
 * @param find the credential of an access key id, undefined when there is none
 * @throws AwsError with the code of S3 (scope service `s3`) or of the query protocols (any other)
 */
export function verifySignature(
  req: IncomingMessage,
  find: (accessKeyId: string) => Credential | undefined,
  now: Date,
): VerifiedSignature {
  const request: WireRequest = {
    method: req.method ?? "GET",
    target: req.url ?? "/",
    rawHeaders: req.rawHeaders,
  };
  const headers = canonicalHeaders(request.rawHeaders);
  const old = verifyVersion2(request, headers, find, now);
  if (old) return old;
  const claim = readClaim(request);
  if (!claim) return anonymous(headers);
  const credential = find(claim.accessKeyId);
  if (!credential) throw refusals(claim.scope.service).unknownKey(claim.accessKeyId);
  checkTime(claim, now);
  checkToken(claim, credential, now);
  checkHeaders(claim, headers);
  return {
    principal: credential.principal,
    presigned: claim.presigned,
    signed: {
      accessKeyId: claim.accessKeyId,
      service: claim.scope.service,
      region: claim.scope.region,
      signedAt: claim.signedAt,
    },
    body: proveRequest(request, claim, credential, headers),
  };
}

/** Nobody's request may still be framed, with checksums after the body. */
function anonymous(headers: ReadonlyMap<string, string>): VerifiedSignature {
  const framed = headers.get("x-amz-content-sha256")?.startsWith("STREAMING-") ?? false;
  return {
    principal: ANONYMOUS,
    presigned: false,
    body: framed ? { kind: "chunked", trailer: true } : { kind: "plain" },
  };
}

function checkTime(claim: Claim, now: Date): void {
  const age = now.getTime() - claim.signedAt.getTime();
  const refuse = refusals(claim.scope.service);
  if (claim.expiresIn === undefined) {
    if (Math.abs(age) > SKEW_MS) throw refuse.skewed(claim.amzDate, now, SKEW_MS);
    return;
  }
  if (-age > SKEW_MS) throw refuse.notYet(claim.amzDate, now);
  if (age > claim.expiresIn * 1000) throw refuse.expired(claim.signedAt, claim.expiresIn, now);
}

function checkToken(claim: Claim, credential: Credential, now: Date): void {
  const refuse = refusals(claim.scope.service);
  if (credential.sessionToken !== undefined && claim.sessionToken === undefined) {
    throw refuse.unknownKey(claim.accessKeyId);
  }
  if (claim.sessionToken !== credential.sessionToken) throw refuse.badToken();
  if (credential.expiresAt && credential.expiresAt <= now) throw refuse.expiredToken();
}

/** S3 refuses a request whose x-amz headers are not all covered by the signature. */
function checkHeaders(claim: Claim, headers: ReadonlyMap<string, string>): void {
  const signed = new Set(claim.signedHeaders);
  const refuse = refusals(claim.scope.service);
  if (!signed.has("host")) throw refuse.unsignedHeaders(["host"]);
  if (claim.scope.service !== "s3") return;
  const left = [...headers.keys()].filter(
    (name) => name.startsWith("x-amz-") && name !== "x-amz-content-sha256" && !signed.has(name),
  );
  if (left.length > 0) throw refuse.unsignedHeaders(left);
}

/** Checks the signature now, or, when it covers a body hash that nobody declared, once the body has been read. */
function proveRequest(
  request: WireRequest,
  claim: Claim,
  credential: Credential,
  headers: ReadonlyMap<string, string>,
): BodyProof {
  const key = signingKey(credential.secretAccessKey, claim.scope);
  const refuse = refusals(claim.scope.service);
  const check = (payload: string): void => {
    const canonical = canonicalRequest(request, claim.scope.service, claim.signedHeaders, payload);
    const expected = signRequest(key, claim.amzDate, claim.scope, canonical);
    if (!sameSignature(expected, claim.signature)) throw refuse.mismatch(claim, canonical);
  };
  const payload =
    claim.payload ??
    (claim.presigned && claim.scope.service === "s3" ? "UNSIGNED-PAYLOAD" : undefined);
  if (payload === undefined) {
    if (claim.scope.service === "s3") throw refuse.missingPayloadHash();
    if (mayHaveBody(headers)) return { kind: "late", check };
    check(EMPTY_SHA256);
    return { kind: "plain" };
  }
  check(payload);
  if (payload === "UNSIGNED-PAYLOAD") return { kind: "plain" };
  if (payload.startsWith("STREAMING-")) return streaming(payload, claim, key, headers);
  if (!/^[0-9a-f]{64}$/i.test(payload)) throw refuse.badPayloadHash();
  const expected = payload.toLowerCase();
  return { kind: "hashed", expected, mismatch: (actual) => refuse.bodyHash(expected, actual) };
}

function mayHaveBody(headers: ReadonlyMap<string, string>): boolean {
  return headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) > 0;
}

function streaming(
  payload: string,
  claim: Claim,
  key: Buffer,
  headers: ReadonlyMap<string, string>,
): BodyProof {
  const trailer = payload.endsWith("-TRAILER");
  const decoded = headers.get("x-amz-decoded-content-length");
  const length = decoded === undefined ? {} : { length: Number(decoded) };
  switch (payload) {
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      return { kind: "chunked", trailer, ...length };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": {
      const { amzDate, scope, signature } = claim;
      return { kind: "chunked", trailer, ...length, signing: { key, amzDate, scope, signature } };
    }
    default:
      throw new AwsError(
        "NotImplemented",
        501,
        `The content hash mode ${payload} is not implemented.`,
      );
  }
}
