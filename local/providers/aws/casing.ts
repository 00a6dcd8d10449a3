import type { Props, Value } from "../wire/values.ts";

/** Names whose capitals do not follow from the schema's. */
const exceptions: Record<string, string> = {
  id: "ID",
  sseAlgorithm: "SSEAlgorithm",
  kmsMasterKeyId: "KMSMasterKeyID",
};
const back = Object.fromEntries(Object.entries(exceptions).map(([ours, theirs]) => [theirs, ours]));

/** The schema's `expiredObjectDeleteMarker` as S3's `ExpiredObjectDeleteMarker`, all the way down. */
export function toApi(value: Value): unknown {
  if (Array.isArray(value)) return value.map(toApi);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Props)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [exceptions[key] ?? upper(key), toApi(item)]),
  );
}

/** The way back; dates become ISO text. */
export function fromApi(value: unknown): Value {
  if (Array.isArray(value)) return value.map(fromApi);
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  if (typeof value !== "object" || value === null) return (value ?? null) as Value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [back[key] ?? lower(key), fromApi(item)]),
  );
}

function upper(key: string): string {
  return key.slice(0, 1).toUpperCase() + key.slice(1);
}

function lower(key: string): string {
  return key.slice(0, 1).toLowerCase() + key.slice(1);
}
