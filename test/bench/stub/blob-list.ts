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
  const { headers } = stored;
  const time = httpTime(stored.modified);
  let metadata = "";
  if (withMetadata) {
    metadata = "<Metadata>";
    for (const name in stored.metadata) {
      metadata += `<${name}>${escapeXml(stored.metadata[name] ?? "")}</${name}>`;
    }
    metadata += "</Metadata>";
  }
  return `<Blob><Name>${escapeXml(key)}</Name><Properties><Creation-Time>${time}</Creation-Time><Last-Modified>${time}</Last-Modified><Etag>${stored.etag}</Etag><Content-Length>${stored.size}</Content-Length><Content-Type>${headers["content-type"] ?? "application/octet-stream"}</Content-Type><Content-Encoding>${headers["content-encoding"] ?? ""}</Content-Encoding><Content-Language>${headers["content-language"] ?? ""}</Content-Language><Content-CRC64 /><Content-MD5>${stored.contentMd5 ?? ""}</Content-MD5><Cache-Control>${headers["cache-control"] ?? ""}</Cache-Control><Content-Disposition>${headers["content-disposition"] ?? ""}</Content-Disposition><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties>${metadata}<OrMetadata /></Blob>`;
}
