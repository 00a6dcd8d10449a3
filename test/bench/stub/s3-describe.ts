import type { Content } from "./content.ts";
import { md5Of } from "./pattern.ts";
import type { Population } from "./population.ts";
import type { Stored } from "./store.ts";

/** Beyond it objects are taken to have been uploaded in parts of this size: their ETag is no MD5. */
const PART = 16 * 1024 * 1024;

const TYPE = { "content-type": "application/octet-stream" };

export function describeS3(population: Population, index: number, version: number): Stored {
  const { size, metadata } = population.spec;
  const content = population.content(index, version);
  return {
    content,
    size,
    etag: etagOf(content),
    modified: population.modified + (version - 1) * 1000,
    version,
    metadata: metadata ?? {},
    headers: TYPE,
    contentMd5: undefined,
  };
}

const etags = new Map<string, string>();

/** Without quotes: MD5 of a small object, `hex-parts` of one that was uploaded in parts. */
export function etagOf(content: Content): string {
  const pattern = content.uniform;
  if (pattern === undefined)
    return content.length <= PART ? content.md5().toString("hex") : multipart(content);
  const id = `${pattern}/${content.length}`;
  const known = etags.get(id);
  if (known !== undefined) return known;
  const etag =
    content.length <= PART
      ? content.md5().toString("hex")
      : `${md5Of({ pattern, phase: 8, length: 1000 }).toString("hex")}-${parts(content)}`;
  etags.set(id, etag);
  return etag;
}

function multipart(content: Content): string {
  return `${content.crc64().toString(16).padStart(32, "0")}-${parts(content)}`;
}

function parts(content: Content): number {
  return Math.ceil(content.length / PART);
}
