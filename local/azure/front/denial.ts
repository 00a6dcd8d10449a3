import { authenticationFailed, StorageError } from "./errors.ts";
import type { BlobRequest } from "./request.ts";

/**
 * Azurite says AuthorizationFailure to whatever it does not let in. In Azure that is the firewall's word (or a
 * policy's); credentials that are not good are AuthenticationFailed, and strangers are told nothing at all.
 * Pure.
 */
export function denial(request: BlobRequest, now: Date): StorageError {
  switch (request.credentials) {
    case "shared key":
      return authenticationFailed(
        "The MAC signature found in the HTTP request is not the expected one.",
      );
    case "sas":
      return authenticationFailed(whatIsWrongWith(request.query, now));
    case "bearer":
      return new StorageError(
        401,
        "InvalidAuthenticationInfo",
        "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
        { AuthenticationErrorDetail: "The local Azure has no Microsoft Entra ID." },
        { "www-authenticate": "Bearer" },
      );
    case "none":
      return request.method === "GET" || request.method === "HEAD"
        ? new StorageError(404, "ResourceNotFound", "The specified resource does not exist.")
        : new StorageError(
            401,
            "NoAuthenticationInformation",
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
            {},
            { "www-authenticate": "Bearer" },
          );
  }
}

function whatIsWrongWith(query: URLSearchParams, now: Date): string {
  const start = query.get("st");
  const expiry = query.get("se");
  const early = start !== null && new Date(start) > now;
  const late = expiry !== null && new Date(expiry) < now;
  if (early || late) {
    return `Signature not valid in the specified time frame: Start [${start ?? ""}] - Expiry [${expiry ?? ""}] - Current [${now.toUTCString()}]`;
  }
  return query.has("si")
    ? "Signature did not match, or the signed identifier names no stored access policy that is valid now."
    : "Signature did not match.";
}
