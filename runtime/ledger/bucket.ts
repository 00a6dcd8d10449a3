import type { AwsClient } from "../aws/client.ts";
import { bucketAddress } from "../aws/endpoint.ts";
import { uriEncode } from "../aws/sign.ts";
import type { WriteFile } from "./ledger.ts";

/** Ledger files as objects of a bucket. */
export function ledgerBucket(
  client: AwsClient,
  where: { readonly bucket: string; readonly prefix: string; readonly region: string },
): WriteFile {
  const { origin, base } = bucketAddress(where.bucket, where.region, client.env);
  return async (name, bytes, signal) => {
    const key = `${where.prefix}${name}`;
    await client.request({
      service: "s3",
      region: where.region,
      asked: { service: "s3", action: "s3:PutObject", subject: `s3://${where.bucket}/${key}` },
      method: "PUT",
      origin,
      path: `${base}/${uriEncode(key).replaceAll("%2F", "/")}`,
      headers: { "content-type": "application/gzip" },
      body: bytes,
      signal,
      timeoutMs: 30_000,
    });
  };
}
