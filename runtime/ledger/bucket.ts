import type { AwsClient } from "../aws/client.ts";
import { bucketAddress } from "../aws/endpoint.ts";
import { uriEncode } from "../aws/sign.ts";
import { CloudError } from "../errors.ts";
import type { LedgerStore } from "./store.ts";

export interface LedgerBucket {
  readonly bucket: string;
  /** Ends with `/`, or is empty. */
  readonly prefix: string;
  readonly region: string;
}

const TIMEOUT_MS = 30_000;
/** Files of compressed lines: far below. */
const LARGEST = 256 * 1024 * 1024;

/** Ledger files as objects of a bucket. */
export function bucketStore(client: AwsClient, where: LedgerBucket): LedgerStore {
  const label = `s3://${where.bucket}/${where.prefix}`;
  const address = bucketAddress(where.bucket, where.region, client.env);
  const call = (name: string, action: string) => ({
    service: "s3" as const,
    region: where.region,
    asked: { service: "s3" as const, action, subject: `${label}${name}` },
    origin: address.origin,
    path: `${address.base}/${uriEncode(`${where.prefix}${name}`).replaceAll("%2F", "/")}`,
    timeoutMs: TIMEOUT_MS,
  });
  return {
    label,
    list: (prefix, after, signal) => listKeys(client, where, prefix, after, signal),
    read: async (name, signal) => {
      try {
        const asked = call(name, "s3:GetObject");
        const { body } = await client.request({ ...asked, method: "GET", signal, limit: LARGEST });
        return body;
      } catch (error) {
        if (error instanceof CloudError && error.code === "NoSuchKey") return undefined;
        throw error;
      }
    },
    write: async (name, bytes, signal) => {
      await client.request({
        ...call(name, "s3:PutObject"),
        method: "PUT",
        headers: { "content-type": contentType(name) },
        body: bytes,
        signal,
      });
    },
  };
}

function contentType(name: string): string {
  return name.endsWith(".json") ? "application/json" : "application/zstd";
}

async function* listKeys(
  client: AwsClient,
  where: LedgerBucket,
  prefix: string,
  after: string,
  signal: AbortSignal,
): AsyncIterable<string> {
  const { origin, base } = bucketAddress(where.bucket, where.region, client.env);
  const subject = `s3://${where.bucket}/${where.prefix}${prefix}`;
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const query: [string, string][] = [
      ["list-type", "2"],
      ["prefix", `${where.prefix}${prefix}`],
    ];
    if (token !== undefined) query.push(["continuation-token", token]);
    else if (after !== "") query.push(["start-after", `${where.prefix}${after}`]);
    const response = await client.request({
      service: "s3",
      region: where.region,
      asked: { service: "s3", action: "s3:ListBucket", subject },
      method: "GET",
      origin,
      path: base === "" ? "/" : base,
      query,
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    const xml = response.text();
    for (const [, key = ""] of xml.matchAll(/<Key>([^<]*)<\/Key>/g)) {
      yield unescaped(key).slice(where.prefix.length);
    }
    const next = /<NextContinuationToken>([^<]*)</.exec(xml)?.[1];
    token = next === undefined ? undefined : unescaped(next);
  }
}

/** Names of ledger files are plain, a tenant's or a run's may hold an ampersand at most. */
function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
