import type { Blob } from "./blob.ts";
import type { S3 } from "./s3.ts";
import type { Bucket, Stored } from "./store.ts";

export interface Place {
  readonly side: "s3" | "blob";
  /** Or container. */
  readonly bucket: string;
  readonly prefix: string;
}

export interface Verdict {
  /** Keys of the source. */
  readonly source: number;
  readonly same: number;
  readonly missing: number;
  /** Whole, but not what the source has now: an older version, or foreign bytes. */
  readonly different: number;
  /** Bytes of more than one version in one object. */
  readonly torn: number;
  /** Keys that the source does not have. */
  readonly extra: number;
  /** A few keys of each kind. */
  readonly examples: Record<string, string[]>;
}

/** Compares what two places hold, key by key and byte by byte. */
export function verify(s3: S3, blob: Blob, source: Place, target: Place): Verdict {
  const verdict = { source: 0, same: 0, missing: 0, different: 0, torn: 0, extra: 0 };
  const examples: Record<string, string[]> = {};
  const say = (kind: "missing" | "different" | "torn" | "extra", key: string) => {
    verdict[kind] += 1;
    const keys = (examples[kind] ??= []);
    if (keys.length < 5) keys.push(key);
  };
  const from = bucketOf(s3, blob, source);
  const to = bucketOf(s3, blob, target);
  for (const [key, stored] of under(from, source.prefix)) {
    verdict.source += 1;
    const held = to?.get(target.prefix + key.slice(source.prefix.length));
    if (held === undefined) say("missing", key);
    else if (held.content.equals(stored.content)) verdict.same += 1;
    else if (held.content.runs.length > 1) say("torn", key);
    else say("different", key);
  }
  for (const [key] of under(to, target.prefix)) {
    const there = from?.get(source.prefix + key.slice(target.prefix.length));
    if (there === undefined) say("extra", key);
  }
  return { ...verdict, examples };
}

export function bucketOf(
  s3: S3,
  blob: Blob,
  place: Pick<Place, "side" | "bucket">,
): Bucket | undefined {
  return place.side === "s3"
    ? s3.buckets.get(place.bucket)
    : blob.containers.get(place.bucket)?.bucket;
}

function* under(bucket: Bucket | undefined, prefix: string): Generator<readonly [string, Stored]> {
  const cursor = bucket?.cursor(prefix);
  for (;;) {
    const key = cursor?.key;
    const stored = cursor?.stored;
    if (key?.startsWith(prefix) !== true || stored === undefined) return;
    yield [key, stored];
    cursor?.advance();
  }
}
