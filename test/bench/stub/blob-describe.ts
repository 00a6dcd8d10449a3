import { md5Of } from "./pattern.ts";
import type { Population } from "./population.ts";
import { etagOf } from "./s3-describe.ts";
import type { Stored } from "./store.ts";

const TYPE = { "content-type": "application/octet-stream" };

/** Populated S3 objects were modified then, blobs an hour later. */
export const S3_MODIFIED = Date.parse("2025-01-01T00:00:00Z");
export const BLOB_MODIFIED = S3_MODIFIED + 3_600_000;

export function describeBlob(population: Population, index: number, version: number): Stored {
  const { size, contentMd5, metadata } = population.spec;
  const content = population.content(index, version);
  return {
    content,
    size,
    etag: `0x8DD${(index + version * 0x1000000000).toString(16).toUpperCase().padStart(12, "0")}`,
    modified: population.modified,
    version,
    metadata: metadata === undefined ? {} : filled(metadata, population, index, version),
    headers: TYPE,
    contentMd5: contentMd5 === false ? undefined : md5Text(content.uniform ?? 0, size),
  };
}

const md5s = new Map<number, string>();

function md5Text(pattern: number, length: number): string {
  const id = length * 256 + pattern;
  const known = md5s.get(id);
  if (known !== undefined) return known;
  const text = md5Of({ pattern, phase: 0, length }).toString("base64");
  md5s.set(id, text);
  return text;
}

function filled(
  template: Readonly<Record<string, string>>,
  population: Population,
  index: number,
  version: number,
): Record<string, string> {
  const made: Record<string, string> = {};
  for (const name in template) {
    const text = template[name] ?? "";
    made[name] = text.includes("{") ? fill(text, population, index, version) : text;
  }
  return made;
}

function fill(text: string, population: Population, index: number, version: number): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    switch (name) {
      case "key":
        return (
          (population.spec.sourcePrefix ?? population.spec.prefix) + population.relative(index)
        );
      case "etag":
        return etagOf(population.content(index, version));
      case "size":
        return String(population.spec.size);
      case "modified":
        return "2025-01-01T00:00:00.000Z";
      case "unix":
        return String(S3_MODIFIED / 1000);
      case "version":
        return `v${version}`;
      default:
        return whole;
    }
  });
}
