import { CloudError } from "../../errors.ts";
import type { HttpResponse } from "../../http/send.ts";
import type { S3Bucket } from "./bucket.ts";

/** What `tell` makes of the headers of an object with its checksums; it is given undefined where there is none. One round, not repeated. */
export function headOrWhy<T>(
  bucket: S3Bucket,
  key: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  tell: (headers: HttpResponse["headers"] | undefined) => T,
): Promise<T> {
  const asked = bucket.once({
    action: "s3:GetObject",
    method: "HEAD",
    key,
    headers: { ...headers, "x-amz-checksum-mode": "ENABLED" },
    signal,
    timeoutMs: 20_000,
  });
  return asked.then(
    (response) => tell(response.headers),
    (error: unknown) => {
      if (!(error instanceof CloudError) || ![400, 403, 404].includes(error.facts.status)) {
        throw error;
      }
      return why(bucket, key, headers, signal, error).then(() => tell(undefined));
    },
  );
}

/** The bucket is there and the key is not. */
export function isAbsent(error: unknown): boolean {
  return error instanceof CloudError && error.code === "NoSuchKey";
}

/**
 * Resolves when the key is not there, else throws what stands in the way. The answer to a HEAD has no body, so it tells neither which permission was missing nor a missing key from a missing bucket: a GET of one
 * byte does. A bucket that is gone must never look like a key that was deleted.
 */
async function why(
  bucket: S3Bucket,
  key: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  head: CloudError,
): Promise<void> {
  try {
    await bucket.once({
      action: "s3:GetObject",
      method: "GET",
      key,
      headers: { ...headers, range: "bytes=0-0" },
      // A server that ignores ranges sends no more than this before it is cut off.
      into: Buffer.allocUnsafe(1),
      signal,
      timeoutMs: 20_000,
    });
  } catch (error) {
    if (isAbsent(error)) return;
    // There is an object, and it is empty or archived: what HEAD said stands.
    if (error instanceof CloudError && head.facts.status !== 404) {
      const { code } = error;
      if (code === "InvalidRange" || code === "InvalidObjectState") throw head;
    }
    throw error;
  }
  // It came between the two requests, or only HEAD is refused: look again.
  throw head.facts.status === 404
    ? new CloudError({ ...head.facts, code: "Network", status: 0, said: "HEAD and GET disagree" })
    : head;
}
