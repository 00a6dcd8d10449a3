import { CloudError } from "../../errors.ts";
import type { Reference } from "../contract.ts";
import type { S3Bucket } from "./bucket.ts";
import { copySourceHeaders } from "./copy-source.ts";
import { abortUpload } from "./uploads.ts";
import { textOf } from "./xml.ts";

/** Objects of up to so many bytes are copied whole into a part: S3 takes ranges only of bigger ones. */
const SMALL = 5 * 1024 * 1024;

/**
 * Whether a server refuses to copy a source whose ETag is not the one it was told. It is asked for a part of an upload that is given up, so nothing is ever to be
 * seen of it.
 */
export async function copiesPinned(
  bucket: S3Bucket,
  key: string,
  from: Reference,
  size: number,
  signal: AbortSignal,
): Promise<boolean> {
  const action = "s3:PutObject";
  const uploads = [["uploads", ""]] as const;
  const begun = await bucket.request({ action, method: "POST", key, query: uploads, signal });
  const id = textOf(begun.text(), "UploadId") ?? "";
  try {
    const response = await bucket.request({
      action,
      method: "PUT",
      key,
      query: [
        ["partNumber", "1"],
        ["uploadId", id],
      ],
      headers: {
        ...copySourceHeaders(from),
        "x-amz-copy-source-if-match": `"${"0".repeat(32)}"`,
        ...(size > SMALL ? { "x-amz-copy-source-range": "bytes=0-0" } : {}),
      },
      signal,
    });
    bucket.checkBody(action, key, response);
    return false;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (error.code === "PreconditionFailed") return true;
    // Whatever else it refuses, the copy itself will be refused for.
    if (error.facts.status === 0 || error.facts.status >= 500) throw error;
    return true;
  } finally {
    await abortUpload(bucket, key, id, signal);
  }
}
