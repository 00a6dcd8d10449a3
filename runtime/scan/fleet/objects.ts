import type { AwsClient } from "../../aws/client.ts";
import { bucketAddress } from "../../aws/endpoint.ts";
import { uriEncode } from "../../aws/sign.ts";
import { CloudError } from "../../errors.ts";
import type { LedgerBucket } from "../../ledger/bucket.ts";
import type { LedgerStore } from "../../ledger/store.ts";

export interface Found {
  readonly bytes: Buffer;
  /** With quotes. */
  readonly etag: string;
}

/** Small objects that workers share, some of them written on condition. Names are relative to the ledger's prefix. */
export interface ScanObjects extends LedgerStore {
  find(name: string, signal: AbortSignal): Promise<Found | undefined>;
  /** Writes it if it is still what was found, or still absent; the new ETag. Undefined: somebody else has written it. */
  replace(
    name: string,
    bytes: Buffer,
    found: Pick<Found, "etag"> | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

const TIMEOUT_MS = 30_000;

/** `store` is of the same bucket and prefix. */
export function bucketObjects(
  client: AwsClient,
  where: LedgerBucket,
  store: LedgerStore,
): ScanObjects {
  const { origin, base } = bucketAddress(where.bucket, where.region, client.env);
  const call = (name: string, action: string, signal: AbortSignal) => ({
    service: "s3" as const,
    region: where.region,
    asked: { service: "s3" as const, action, subject: `${store.label}${name}` },
    origin,
    path: `${base}/${uriEncode(`${where.prefix}${name}`).replaceAll("%2F", "/")}`,
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  const find: ScanObjects["find"] = async (name, signal) => {
    const asked = call(name, "s3:GetObject", signal);
    try {
      const answer = await client.request({ ...asked, method: "GET", accept: [404] });
      if (answer.status === 404) return undefined;
      return { bytes: Buffer.from(answer.body), etag: answer.headers["etag"] ?? "" };
    } catch (error) {
      // Whoever may list only under its own prefix gets a 403 for what is not there, and can look whether it is.
      if (!(error instanceof CloudError) || error.code !== "AccessDenied") throw error;
      for await (const listed of store.list(name, "", signal)) {
        if (listed === name) throw error;
        break;
      }
      return undefined;
    }
  };
  return {
    ...store,
    find,
    replace: async (name, bytes, found, signal) => {
      const headers: Record<string, string> =
        found === undefined ? { "if-none-match": "*" } : { "if-match": found.etag };
      const answer = await client.request({
        ...call(name, "s3:PutObject", signal),
        method: "PUT",
        headers: { ...headers, "content-type": "application/json" },
        body: bytes,
        accept: [404, 409, 412],
      });
      if (answer.status < 300) return answer.headers["etag"];
      // Perhaps by ourselves: an answer that was lost is asked for again.
      const now = await find(name, signal);
      return now?.bytes.equals(bytes) === true ? now.etag : undefined;
    },
  };
}
