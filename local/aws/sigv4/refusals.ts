import { AwsError } from "../contract.ts";
import type { Claim } from "./claim.ts";
import { ALGORITHM, scopeText, sha256 } from "./signature.ts";

/** The ways to refuse a signature, worded as S3 words them or as the query protocols do. */
export interface Refusals {
  unknownKey(accessKeyId: string): AwsError;
  skewed(amzDate: string, now: Date, allowedMs: number): AwsError;
  notYet(amzDate: string, now: Date): AwsError;
  expired(signedAt: Date, seconds: number, now: Date): AwsError;
  badToken(): AwsError;
  expiredToken(): AwsError;
  unsignedHeaders(names: readonly string[]): AwsError;
  mismatch(claim: Claim, canonical: string): AwsError;
  mismatchVersion2(accessKeyId: string, stringToSign: string, signature: string): AwsError;
  missingPayloadHash(): AwsError;
  badPayloadHash(): AwsError;
  bodyHash(expected: string, actual: string): AwsError;
}

export function refusals(service: string): Refusals {
  return service === "s3" ? S3 : QUERY;
}

const S3: Refusals = {
  unknownKey: (accessKeyId) =>
    new AwsError(
      "InvalidAccessKeyId",
      403,
      "The AWS Access Key Id you provided does not exist in our records.",
      { AWSAccessKeyId: accessKeyId },
    ),
  skewed: (amzDate, now, allowedMs) =>
    new AwsError(
      "RequestTimeTooSkewed",
      403,
      "The difference between the request time and the current time is too large.",
      {
        RequestTime: amzDate,
        ServerTime: seconds(now),
        MaxAllowedSkewMilliseconds: String(allowedMs),
      },
    ),
  notYet: (amzDate, now) =>
    new AwsError("AccessDenied", 403, "Request is not valid yet", {
      "X-Amz-Date": amzDate,
      ServerTime: seconds(now),
    }),
  expired: (signedAt, expiresIn, now) =>
    new AwsError("AccessDenied", 403, "Request has expired", {
      "X-Amz-Expires": String(expiresIn),
      Expires: seconds(new Date(signedAt.getTime() + expiresIn * 1000)),
      ServerTime: seconds(now),
    }),
  badToken: () =>
    new AwsError("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
  expiredToken: () => new AwsError("ExpiredToken", 400, "The provided token has expired."),
  unsignedHeaders: (names) =>
    new AwsError(
      "AccessDenied",
      403,
      "There were headers present in the request which were not signed",
      { HeadersNotSigned: names.join(", ") },
    ),
  mismatch: (claim, canonical) =>
    new AwsError(
      "SignatureDoesNotMatch",
      403,
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      {
        AWSAccessKeyId: claim.accessKeyId,
        StringToSign: [ALGORITHM, claim.amzDate, scopeText(claim.scope), sha256(canonical)].join(
          "\n",
        ),
        SignatureProvided: claim.signature,
        CanonicalRequest: canonical,
      },
    ),
  mismatchVersion2: (accessKeyId, stringToSign, signature) =>
    new AwsError(
      "SignatureDoesNotMatch",
      403,
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      {
        AWSAccessKeyId: accessKeyId,
        StringToSign: stringToSign,
        SignatureProvided: signature,
      },
    ),
  missingPayloadHash: () =>
    new AwsError(
      "InvalidRequest",
      400,
      "Missing required header for this request: x-amz-content-sha256",
    ),
  badPayloadHash: () =>
    new AwsError(
      "InvalidArgument",
      400,
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
      { ArgumentName: "x-amz-content-sha256" },
    ),
  bodyHash: (expected, actual) =>
    new AwsError(
      "XAmzContentSHA256Mismatch",
      400,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      { ClientComputedContentSHA256: expected, S3ComputedContentSHA256: actual },
    ),
};

const NO_MATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const QUERY: Refusals = {
  unknownKey: invalidClientToken,
  skewed: (amzDate, now) =>
    new AwsError(
      "SignatureDoesNotMatch",
      403,
      `Signature expired or not yet current: ${amzDate} is too far from ${seconds(now)}`,
    ),
  notYet: (amzDate, now) =>
    new AwsError(
      "SignatureDoesNotMatch",
      403,
      `Signature not yet current: ${amzDate} is still later than ${seconds(now)}`,
    ),
  expired: (signedAt, expiresIn, now) =>
    new AwsError(
      "SignatureDoesNotMatch",
      403,
      `Signature expired: ${seconds(new Date(signedAt.getTime() + expiresIn * 1000))} is now earlier than ${seconds(now)}`,
    ),
  badToken: invalidClientToken,
  expiredToken: () =>
    new AwsError("ExpiredToken", 403, "The security token included in the request is expired"),
  unsignedHeaders: (names) =>
    new AwsError("SignatureDoesNotMatch", 403, `'${names.join("', '")}' must be signed headers`),
  mismatch: () => new AwsError("SignatureDoesNotMatch", 403, NO_MATCH),
  mismatchVersion2: () => new AwsError("SignatureDoesNotMatch", 403, NO_MATCH),
  missingPayloadHash: () => new AwsError("SignatureDoesNotMatch", 403, NO_MATCH),
  badPayloadHash: () => new AwsError("SignatureDoesNotMatch", 403, NO_MATCH),
  bodyHash: () => new AwsError("SignatureDoesNotMatch", 403, NO_MATCH),
};

function invalidClientToken(): AwsError {
  return new AwsError(
    "InvalidClientTokenId",
    403,
    "The security token included in the request is invalid.",
  );
}

function seconds(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
