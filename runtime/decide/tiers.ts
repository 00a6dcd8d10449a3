/**
 * S3 storage class -> Azure access tier. By what a class promises: how often it is read, how fast, how long it must stay. What is not here
 * (STANDARD, INTELLIGENT_TIERING, EXPRESS_ONEZONE, REDUCED_REDUNDANCY, OUTPOSTS ...) takes the account's default tier.
 * https://learn.microsoft.com/azure/storage/blobs/access-tiers-overview
 */
const ACCESS_TIERS: ReadonlyMap<string, string> = new Map([
  ["STANDARD_IA", "Cool"],
  ["ONEZONE_IA", "Cool"],
  ["GLACIER_IR", "Cold"],
  // Readable only while restored: whoever archived it wants it archived.
  ["GLACIER", "Archive"],
  ["DEEP_ARCHIVE", "Archive"],
]);

/** Classes that every S3 takes in a PUT; others (EXPRESS_ONEZONE, OUTPOSTS, SNOW, another server's own) belong to a kind of bucket. */
const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
  "GLACIER",
  "DEEP_ARCHIVE",
]);

/** Undefined: the account's default. */
export function accessTier(source: string | undefined): string | undefined {
  return source === undefined ? undefined : ACCESS_TIERS.get(source);
}

/** Undefined: the bucket's default. */
export function storageClass(source: string | undefined): string | undefined {
  return source !== undefined && STORAGE_CLASSES.has(source) ? source : undefined;
}
