import type { AwsClient } from "../aws/client.ts";
import { bucketAddress } from "../aws/endpoint.ts";
import { uriEncode } from "../aws/sign.ts";
import type { LedgerBucket } from "../ledger/bucket.ts";
import { S3Source } from "../stores/s3/source.ts";
import type { SignStore } from "./members.ts";

const FOLDER = "pace/";
const TIMEOUT_MS = 10_000;

/** Workers' signs of life as empty objects beside the ledger; the bucket's own clock dates them. */
export function bucketSigns(client: AwsClient, where: LedgerBucket): SignStore {
  const { origin, base } = bucketAddress(where.bucket, where.region, client.env);
  const prefix = `${where.prefix}${FOLDER}`;
  const source = new S3Source(client, where);
  const ask = async (
    method: "PUT" | "DELETE",
    action: string,
    name: string,
    signal: AbortSignal,
  ): Promise<void> => {
    await client.request({
      service: "s3",
      region: where.region,
      asked: { service: "s3", action, subject: `s3://${where.bucket}/${prefix}${name}` },
      method,
      origin,
      path: `${base}/${uriEncode(`${prefix}${name}`).replaceAll("%2F", "/")}`,
      timeoutMs: TIMEOUT_MS,
      signal,
      ...(method === "PUT" ? { body: Buffer.alloc(0) } : {}),
    });
  };
  return {
    put: (name, signal) => ask("PUT", "s3:PutObject", name, signal),
    delete: (name, signal) => ask("DELETE", "s3:DeleteObject", name, signal),
    list: async (signal) => {
      const signs: { name: string; at: number }[] = [];
      for await (const page of source.list({ prefix }, signal)) {
        for (const { key, modified } of page) {
          signs.push({ name: key.slice(prefix.length), at: modified });
        }
      }
      return signs;
    },
  };
}
