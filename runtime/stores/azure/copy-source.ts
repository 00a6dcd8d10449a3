import { element } from "../../aws/errors.ts";
import { CloudError } from "../../errors.ts";
import type { Asked } from "../../http/failure.ts";
import type { HttpResponse } from "../../http/send.ts";

/** Azure takes URLs of up to 2 KiB: https://learn.microsoft.com/rest/api/storageservices/put-block-from-url */
export const MOST_URL_BYTES = 2048;

export function urlTooLong(asked: Asked): CloudError {
  const said = `The source's presigned URL is longer than the ${MOST_URL_BYTES} bytes that Azure takes.`;
  return new CloudError({ ...asked, code: "CannotReadSource", status: 0, said });
}

/** Codes by which Azure says that it has nothing against us, but cannot make use of the source. */
const ABOUT_THE_SOURCE = new Set([
  "CannotVerifyCopySource",
  "CopyAcrossAccountsNotSupported",
  "InvalidSourceBlobType",
  "InvalidSourceBlobUrl",
  "UnsupportedCopySource",
]);

/**
 * A write by URL that Azure refused, by what the source said to it: `SourceConditionNotMet` and `SourceNotFound` (it is another object now), `SourceBusy`,
 * and `CannotReadSource` for whatever else keeps Azure from it but not us: not reachable, forbidden from there, its name changed on the way. Failures of the
 * target itself stay what they are.
 */
export function sourceFailure(failure: CloudError, response: HttpResponse): CloudError {
  const status = sourceStatus(response);
  const { code } = failure;
  const header = code === "InvalidHeaderValue" && response.text().includes("x-ms-copy-source");
  if (status === undefined && !ABOUT_THE_SOURCE.has(code) && !header) return failure;
  const { facts } = failure;
  return new CloudError({
    ...facts,
    code: codeOf(status),
    // The source's refusals are no trouble between Azure and us.
    status: failure.denied ? 409 : facts.status,
    said: saidOf(facts.said, status, response),
  });
}

/** Azure got no answer from the source. */
export function isUnreached(error: unknown): boolean {
  return (
    error instanceof CloudError && error.code === "CannotReadSource" && error.facts.status >= 500
  );
}

/** The source's own status, where it gave one: Azure tells it in a header, and in the body. */
function sourceStatus(response: HttpResponse): number | undefined {
  const told =
    response.headers["x-ms-copy-source-status-code"] ??
    element(response.text(), "CopySourceStatusCode");
  return told === undefined ? undefined : Number(told);
}

function codeOf(status: number | undefined): string {
  switch (status) {
    case 304:
    case 412:
    case 416: // shorter than it was
      return "SourceConditionNotMet";
    case 404:
    case 410:
      return "SourceNotFound";
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return "SourceBusy";
    default:
      return "CannotReadSource";
  }
}

function saidOf(said: string, status: number | undefined, response: HttpResponse): string {
  const code =
    response.headers["x-ms-copy-source-error-code"] ??
    element(response.text(), "CopySourceErrorCode");
  const told = [status, code].filter((part) => part !== undefined).join(" ");
  return told === "" ? said : `${said} (the source said ${told} to Azure)`;
}
