import type { AccountRow } from "../arm/model.ts";
import { covers, letsIn } from "../arm/rules.ts";
import { StorageError } from "./errors.ts";
import type { BlobRequest, FrontRoute } from "./request.ts";

/**
 * What the account itself refuses before it looks at any signature, in Azure's order: no such account, plain
 * http, the firewall, anonymous access, account keys. Pure. Signatures, expiry and permissions are Azurite's.
 */
export function refusal(
  row: AccountRow | undefined,
  route: FrontRoute,
  request: BlobRequest,
): StorageError | undefined {
  if (row === undefined) return noSuchAccount(request.account);
  const { account } = row;
  if (account.enableHttpsTrafficOnly && !route.secure) {
    return new StorageError(
      400,
      "AccountRequiresHttps",
      "The account being accessed does not support http.",
    );
  }
  const reachable = account.publicNetworkAccess !== "Disabled";
  if (!reachable || !letsIn(account.networkRuleSet, route.sourceAddress)) return notAuthorized();
  return refusedCredentials(account, route, request);
}

function refusedCredentials(
  account: AccountRow["account"],
  route: FrontRoute,
  { credentials, query, headers }: BlobRequest,
): StorageError | undefined {
  const publishes = headers["x-ms-blob-public-access"] !== undefined;
  if ((credentials === "none" || publishes) && !account.allowBlobPublicAccess) {
    return new StorageError(
      409,
      "PublicAccessNotPermitted",
      "Public access is not permitted on this storage account.",
    );
  }
  const delegated = query.has("skoid");
  const byKey = credentials === "shared key" || (credentials === "sas" && !delegated);
  if (byKey && !account.allowSharedKeyAccess) {
    return new StorageError(
      403,
      "KeyBasedAuthenticationNotPermitted",
      "Key based authentication is not permitted on this storage account.",
    );
  }
  if (tagsForbidden(query, headers["x-ms-tags"])) return permissionMismatch();
  const addresses = credentials === "sas" ? query.get("sip") : null;
  return addresses === null || inRange(addresses, route.sourceAddress)
    ? undefined
    : sourceMismatch(route.sourceAddress);
}

/** Tags that come with a write need a permission of their own, which Azurite does not ask for. What a stored access policy grants is Azurite's to know. */
function tagsForbidden(query: URLSearchParams, tags: unknown): boolean {
  const permissions = query.get("sp");
  return tags !== undefined && permissions !== null && !permissions.includes("t");
}

function permissionMismatch(): StorageError {
  return new StorageError(
    403,
    "AuthorizationPermissionMismatch",
    "This request is not authorized to perform this operation using this permission.",
  );
}

/** In the cloud the name would not resolve: a client sees no answer at all. Here it is told why. */
function noSuchAccount(account: string): StorageError {
  return new StorageError(
    404,
    "ResourceNotFound",
    `There is no storage account '${account}' in the local Azure. In the cloud its name would not resolve.`,
  );
}

function notAuthorized(): StorageError {
  return new StorageError(
    403,
    "AuthorizationFailure",
    "This request is not authorized to perform this operation.",
  );
}

function sourceMismatch(address: string): StorageError {
  return new StorageError(
    403,
    "AuthorizationSourceIPMismatch",
    "This request is not authorized to perform this operation using this source IP {SourceIP}.",
    { SourceIP: address },
  );
}

/** `sip` of a SAS: one address, or two with a hyphen between them. */
function inRange(addresses: string, address: string): boolean {
  const [first = "", last] = addresses.split("-");
  if (last === undefined) return covers(first, address);
  return number(first) <= number(address) && number(address) <= number(last);
}

function number(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
