import { element } from "../../aws/errors.ts";
import { CloudError } from "../../errors.ts";
import { dateHeader, retryAfterMs, type Asked } from "../../http/failure.ts";
import type { HttpResponse } from "../../http/send.ts";

/** An answer that is not a success as a CloudError; Azure names the code in a header, also when there is no body. */
export function azureFailure(
  asked: Asked,
  response: HttpResponse,
  sasExpired: boolean,
): CloudError {
  const text = response.text();
  const own = response.headers["x-ms-error-code"] ?? element(text, "Code");
  const code = sasExpired && response.status === 403 ? "SasExpired" : (own ?? byStatus(response));
  const message = (element(text, "Message") ?? "").split("\n")[0] ?? "";
  const detail = element(text, "AuthenticationErrorDetail");
  const remedy = REMEDIES[code];
  const retryAfter = retryAfterMs(response.headers["retry-after"], new Date());
  const serverTime = dateHeader(response.headers["date"]);
  const requestId = response.headers["x-ms-request-id"];
  return new CloudError({
    ...asked,
    code,
    status: response.status,
    said: [message, detail].filter((part) => part !== undefined && part !== "").join(" "),
    ...(remedy === undefined ? {} : { remedy }),
    ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
    ...(serverTime === undefined ? {} : { serverTime }),
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** Azure's refusals, told apart: each has another cause and another thing to do. */
const REMEDIES: Readonly<Record<string, string>> = {
  AuthorizationFailure:
    "The storage account's firewall does not admit the address this worker leaves from: add the NAT's address to the account's network rules.",
  AuthenticationFailed:
    "The SAS is not valid (wrong signature, expired, not begun, or its access policy is gone): run the pipeline's update to issue a new one.",
  SasExpired: "The SAS has expired: run the pipeline's update to issue a new one.",
  AuthorizationPermissionMismatch:
    "The SAS does not carry the permission that this request needs: run the pipeline's update to issue one that does.",
  AuthorizationResourceTypeMismatch: "The SAS is for another kind of resource than a container.",
  AuthorizationServiceMismatch: "The SAS is for another service than Blob.",
  AuthorizationProtocolMismatch: "The SAS admits https only.",
  AuthorizationSourceIPMismatch: "The SAS admits other addresses than the one this worker has.",
  NoAuthenticationInformation: "The request reached the account without its SAS.",
  ContainerNotFound: "The container is gone: run the pipeline's update to make it again.",
  ContainerBeingDeleted: "The container is being deleted.",
  AccountIsDisabled: "The storage account is disabled.",
  InvalidBlobOrBlock: "Another tool is staging blocks under this name with ids of another length.",
  LeaseIdMissing: "Someone holds a lease on the blob: it is copied when the lease ends.",
  BlobImmutableDueToPolicy:
    "A policy of the container keeps the blob from being overwritten or deleted.",
  BlobImmutableDueToLegalHold: "A legal hold keeps the blob from being overwritten or deleted.",
  BlobArchived: "The blob is in the archive tier: rehydrate or delete it.",
  InvalidBlobType: "Under this name is a page or append blob, which holds no blocks: delete it.",
  BlockCountExceedsLimit:
    "100,000 uncommitted blocks lie under this name: they vanish after a week, or with the next commit.",
  BlobAccessTierNotSupportedForAccountType:
    "The storage account has no such access tier: leave the tier to the account's default.",
};

function byStatus(response: HttpResponse): string {
  const named: Readonly<Record<number, string>> = {
    404: "BlobNotFound",
    412: "ConditionNotMet",
    500: "InternalError",
    503: "ServerBusy",
  };
  return named[response.status] ?? `Http${response.status}`;
}
