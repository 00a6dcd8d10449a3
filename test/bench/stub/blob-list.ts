import { blobXml } from "./blob-answers.ts";
import type { Reply } from "./connection.ts";
import type { HttpRequest } from "./request.ts";
import { escapeXml } from "./s3-answers.ts";
import { httpTime } from "./http-time.ts";
import { page, type Bucket, type Stored } from "./store.ts";

/** List Blobs. */
export function listBlobs(container: Bucket, request: HttpRequest): Reply {
  const { query } = request;
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const marker = query.get("marker") ?? "";
  const withMetadata = (query.get("include") ?? "").includes("metadata");
  const listed = page(container, {
    prefix,
    delimiter,
    from: marker === "" ? (query.get("startFrom") ?? "") : Buffer.from(marker, "base64").toString(),
    limit: Math.min(5000, Number(query.get("maxresults") ?? 5000)),
  });
  let blobs = "";
  for (const entry of listed.entries) {
    blobs +=
      "prefix" in entry
        ? `<BlobPrefix><Name>${escapeXml(entry.prefix)}</Name></BlobPrefix>`
        : blobEntry(entry.key, entry.stored, withMetadata);
  }
  const next = listed.next === undefined ? "" : Buffer.from(listed.next).toString("base64");
  return blobXml(
    `<EnumerationResults ServiceEndpoint="http://127.0.0.1/" ContainerName="${container.name}"><Prefix>${escapeXml(prefix)}</Prefix><Blobs>${blobs}</Blobs><NextMarker>${next}</NextMarker></EnumerationResults>`,
  );
}

function blobEntry(key: string, stored: Stored, withMetadata: boolean): string {
  let metadata = "";
  if (withMetadata) {
    metadata = "<Metadata>";
    for (const name in stored.metadata) {
      metadata += `<${name}>${escapeXml(stored.metadata[name] ?? "")}</${name}>`;
    }
    metadata += "</Metadata>";
  }
  const texts = constantTexts(stored);
  return `<Blob><Name>${escapeXml(key)}</Name><Properties>${texts.times}<Etag>${stored.etag}</Etag><Content-Length>${stored.size}</Content-Length>${texts.type}<Content-MD5>${stored.contentMd5 ?? ""}</Content-MD5>${texts.rest}</Properties>${metadata}<OrMetadata /></Blob>`;
}

interface Texts {
  readonly modified: number;
  readonly headers: Stored["headers"];
  readonly times: string;
  readonly type: string;
  readonly rest: string;
}
let last: Texts | undefined;

/** What neighbours in a population share, made once. */
function constantTexts({ modified, headers }: Stored): Texts {
  if (last?.modified === modified && last.headers === headers) return last;
  const time = httpTime(modified);
  last = {
    modified,
    headers,
    times: `<Creation-Time>${time}</Creation-Time><Last-Modified>${time}</Last-Modified>`,
    type: `<Content-Type>${headers["content-type"] ?? "application/octet-stream"}</Content-Type><Content-Encoding>${headers["content-encoding"] ?? ""}</Content-Encoding><Content-Language>${headers["content-language"] ?? ""}</Content-Language><Content-CRC64 />`,
    rest: `<Cache-Control>${headers["cache-control"] ?? ""}</Cache-Control><Content-Disposition>${headers["content-disposition"] ?? ""}</Content-Disposition><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted>`,
  };
  return last;
}
