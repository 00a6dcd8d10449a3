import { errors, jwtVerify, type JWTPayload } from "jose";
import { RequestProblem } from "../http/problem.ts";
import { principalOf } from "./claims.ts";
import { IssuerUnreachable, type IssuerKeys } from "./keys.ts";
import type { Principal } from "./principal.ts";
import type { IssuerSettings } from "./settings.ts";
import { unauthorized } from "./unauthorized.ts";

/** Signatures by a key pair only: a published key can then never be taken for a shared secret. */
const algorithms = ["RS256", "ES256", "PS256", "EdDSA"];

/** What access tokens call themselves; other kinds of token, signed with the same keys, are not for us. */
const types = new Set([undefined, "jwt", "at+jwt", "application/at+jwt", "application/jwt"]);

/** Answers with whom a token of the issuer stands for. */
export async function verifyToken(
  token: string,
  settings: IssuerSettings,
  keys: IssuerKeys,
): Promise<Principal> {
  return (await readToken(token, settings, keys)).principal;
}

/** The same, and until when the issuer says so. */
export async function readToken(
  token: string,
  settings: IssuerSettings,
  keys: IssuerKeys,
): Promise<{ principal: Principal; endsAt: Date }> {
  const payload = await verified(token, settings, keys);
  if (payload.sub === undefined || payload.sub === "")
    throw unauthorized("The token names nobody (sub).");
  // verified() wants an end.
  const endsAt = new Date((payload.exp ?? 0) * 1000);
  return { principal: principalOf(payload, settings), endsAt };
}

async function verified(
  token: string,
  { url, audience, clockToleranceMs }: IssuerSettings,
  keys: IssuerKeys,
): Promise<JWTPayload> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys.keyFor, {
      issuer: url,
      audience,
      algorithms,
      clockTolerance: clockToleranceMs / 1000,
      requiredClaims: ["exp"],
    });
    if (types.has(protectedHeader.typ?.toLowerCase())) return payload;
  } catch (error) {
    if (error instanceof IssuerUnreachable) throw issuerDown(error, keys);
    if (error instanceof errors.JOSEError) throw unauthorized(reasonOf(error, url, audience));
    throw error;
  }
  throw unauthorized("The token is of another type than an access token.");
}

/** Says what was wrong, never what was in the token. */
function reasonOf(error: errors.JOSEError, issuer: string, audience: string): string {
  if (error instanceof errors.JWTExpired) return "The token has expired: log in again.";
  if (error instanceof errors.JWTClaimValidationFailed) {
    const expected: Record<string, string> = {
      iss: `Expected a token of the issuer ${issuer}.`,
      aud: `Expected a token for the audience ${audience}.`,
      exp: "Expected a token that expires (exp).",
      nbf: "The token is not valid yet: compare this machine's clock with the issuer's.",
    };
    return expected[error.claim] ?? `The token's claim ${error.claim} is not as it should be.`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return "The token's signature is not the issuer's.";
  }
  if (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return "The token does not name a key that the issuer publishes for it.";
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return `Expected a token that is signed by one of ${algorithms.join(", ")}.`;
  }
  return "Expected a token of the issuer (a signed JWT) or a machine token (cwt_...).";
}

function issuerDown(error: IssuerUnreachable, keys: IssuerKeys): RequestProblem {
  return new RequestProblem(
    "unavailable",
    `${error.message} Your token may be good; send the request again later.`,
    { headers: { "retry-after": String(keys.retryAfter) }, cause: error },
  );
}
