import type { Reply } from "./connection.ts";
import type { HttpRequest } from "./request.ts";
import { escapeXml, xml } from "./s3-answers.ts";
import { page, type Bucket, type Stored } from "./store.ts";

/** ListObjectsV2, and the older ListObjects that some tools still use. */
export function listObjects(bucket: Bucket, request: HttpRequest): Reply {
  const { query } = request;
  const second = query.get("list-type") === "2";
  const encoded = query.get("encoding-type") === "url";
  const write = (text: string) => escapeXml(encoded ? urlEncode(text) : text);
  const prefix = query.get("prefix") ?? "";
  const token = query.get("continuation-token");
  const after = second ? query.get("start-after") : query.get("marker");
  const delimiter = query.get("delimiter") ?? "";
  const listed = page(bucket, {
    prefix,
    delimiter,
    from: token === undefined ? (after === undefined ? "" : `${after}\u0000`) : fromToken(token),
    limit: Math.min(1000, Number(query.get("max-keys") ?? 1000)),
  });
  let contents = "";
  let commons = "";
  let last = "";
  for (const entry of listed.entries) {
    if ("prefix" in entry) {
      commons += `<CommonPrefixes><Prefix>${write(entry.prefix)}</Prefix></CommonPrefixes>`;
      last = `${entry.prefix}\uffff`;
    } else {
      contents += content(write(entry.key), entry.stored);
      last = entry.key;
    }
  }
  const truncated = listed.next !== undefined;
  const paging = second
    ? `<KeyCount>${listed.entries.length}</KeyCount>${truncated ? `<NextContinuationToken>${toToken(listed.next)}</NextContinuationToken>` : ""}`
    : `<Marker>${write(after ?? "")}</Marker>${truncated ? `<NextMarker>${write(last)}</NextMarker>` : ""}`;
  return xml(
    "ListBucketResult",
    `<Name>${bucket.name}</Name><Prefix>${write(prefix)}</Prefix><MaxKeys>1000</MaxKeys>${delimiter === "" ? "" : `<Delimiter>${write(delimiter)}</Delimiter>`}${encoded ? "<EncodingType>url</EncodingType>" : ""}<IsTruncated>${truncated}</IsTruncated>${paging}${contents}${commons}`,
  );
}

function content(key: string, stored: Stored): string {
  return `<Contents><Key>${key}</Key><LastModified>${isoSecond(stored.modified)}</LastModified><ETag>&quot;${stored.etag}&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>${stored.size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
}

let lastTime = -1;
let lastText = "";

/** Objects of a population share their time: it is written once. */
function isoSecond(time: number): string {
  if (time !== lastTime) {
    lastTime = time;
    lastText = `${new Date(time).toISOString().slice(0, 19)}.000Z`;
  }
  return lastText;
}

function toToken(next: string): string {
  return Buffer.from(next, "utf8").toString("base64");
}

function fromToken(token: string): string {
  return Buffer.from(token, "base64").toString("utf8");
}

function urlEncode(text: string): string {
  return /^[A-Za-z0-9/._~-]*$/.test(text) ? text : encodeURIComponent(text).replaceAll("%2F", "/");
}
