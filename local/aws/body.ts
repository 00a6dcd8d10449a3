import type { Readable } from "node:stream";
import { AwsError } from "./contract.ts";

/** The largest request of a service other than S3: ten log batches or queue messages fit easily. */
const LIMIT = 4 * 1024 * 1024;

/**
 * Reads a request's whole body. For requests that sign a body they do not declare, this is also what
 * proves the signature, so nothing may be decided before it returns.
 */
export async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LIMIT)
      throw new AwsError(
        "RequestEntityTooLarge",
        413,
        `The request is larger than ${LIMIT} bytes.`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
