import type { Readable } from "node:stream";
import { type Dispatcher, request as fetchUrl } from "undici";
import { invalidHeader, StorageError } from "./errors.ts";
import { type BlobRequest, header } from "./request.ts";

/** A copy source that answered, open at its first byte. */
export interface Source {
  readonly length: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly body: Readable;
}

/** Azure takes URLs of up to 2 KiB. */
const longestUrl = 2048;
const patienceMs = 30_000;

/**
 * Opens what `x-ms-copy-source` names, with the range, the conditions and the authorization that the request
 * gives for it. Throws what Azure answers: SourceConditionNotMet, InvalidRange, or CannotVerifyCopySource
 * with the source's own status.
 */
export async function openSource(request: BlobRequest, dispatcher: Dispatcher): Promise<Source> {
  const url = sourceUrl(request);
  const range = header(request, "x-ms-source-range");
  const response = await fetchUrl(url, {
    method: "GET",
    headers: sourceHeaders(request, range),
    dispatcher,
    headersTimeout: patienceMs,
    bodyTimeout: patienceMs,
  }).catch((error: unknown) => {
    throw unreachable(url, error);
  });
  try {
    return accepted(request, response, range);
  } catch (error) {
    // Nobody reads the body of a source that was not accepted.
    response.body.on("error", () => undefined).destroy();
    throw error;
  }
}

function sourceUrl(request: BlobRequest): URL {
  const text = header(request, "x-ms-copy-source") ?? "";
  const url = URL.parse(text);
  const fetchable = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === null || !fetchable || Buffer.byteLength(text) > longestUrl) {
    throw invalidHeader("x-ms-copy-source", text);
  }
  return url;
}

function sourceHeaders(request: BlobRequest, range: string | undefined): Record<string, string> {
  const authorization = header(request, "x-ms-copy-source-authorization");
  const entries: [string, string | undefined][] = [
    ["range", range],
    ["if-match", header(request, "x-ms-source-if-match")],
    ["if-none-match", header(request, "x-ms-source-if-none-match")],
    ["if-modified-since", header(request, "x-ms-source-if-modified-since")],
    ["if-unmodified-since", header(request, "x-ms-source-if-unmodified-since")],
    ["authorization", authorization],
    ["x-ms-version", authorization === undefined ? undefined : header(request, "x-ms-version")],
  ];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function accepted(
  request: BlobRequest,
  response: Dispatcher.ResponseData,
  range: string | undefined,
): Source {
  const { statusCode, headers, body } = response;
  if (statusCode === 412 || statusCode === 304) throw conditionNotMet();
  if (statusCode === 416) throw invalidRange();
  if (statusCode !== 200 && statusCode !== 206) throw notVerified(response);
  const expected = header(request, "x-ms-source-if-match");
  // A server that knows no conditions answers 200 all the same.
  if (expected !== undefined && expected !== "*" && headers["etag"] !== expected)
    throw conditionNotMet();
  const length = Number(headers["content-length"] ?? Number.NaN);
  if (!Number.isSafeInteger(length)) {
    throw cannotVerify(400, "The source did not say how long it is.");
  }
  // A server that knows no ranges answers with all of it.
  if (range !== undefined && statusCode === 200 && range !== `bytes=0-${length - 1}`) {
    throw invalidRange();
  }
  return { length, headers, body };
}

function unreachable(url: URL, error: unknown): StorageError {
  const why =
    error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : "";
  return cannotVerify(
    500,
    `Could not verify the copy source within the specified time: ${url.host} (${why}).`,
  );
}

function notVerified({ statusCode, statusText, headers }: Dispatcher.ResponseData): StorageError {
  // A redirection is not followed, and is no status that an answer to a PUT could have.
  const status = statusCode >= 400 ? statusCode : 409;
  const code = headers["x-ms-error-code"];
  return new StorageError(
    status,
    "CannotVerifyCopySource",
    statusText === "" ? "Could not verify copy source." : statusText,
    { CopySourceStatusCode: String(statusCode), CopySourceErrorMessage: statusText },
    {
      "x-ms-copy-source-status-code": String(statusCode),
      ...(typeof code === "string" ? { "x-ms-copy-source-error-code": code } : {}),
    },
  );
}

/** @param status of the answer; 409 is what Azure gives for what it finds wrong itself */
export function cannotVerify(status: number, message: string): StorageError {
  return new StorageError(status, "CannotVerifyCopySource", message);
}

function conditionNotMet(): StorageError {
  return new StorageError(
    412,
    "SourceConditionNotMet",
    "The source condition specified using HTTP conditional header(s) is not met.",
  );
}

function invalidRange(): StorageError {
  return new StorageError(
    416,
    "InvalidRange",
    "The range specified is invalid for the current size of the resource.",
  );
}
