import type { ListedObject, TargetObject, TargetSide } from "../stores/contract.ts";

/** When two sides that show no common proof of their bytes count as equal. */
export type Trust = "checksum" | "size-and-time";

/** What two listings alone can say of a key: nothing to do, or worth a look. */
export type ListedVerdict = "unchanged" | "candidate";

/** Classes whose objects may be unreadable until they are restored. */
const ARCHIVED: ReadonlySet<string> = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/**
 * What the target holds, as far as two listings tell, best first. The sizes must be equal for each; what no rule calls unchanged is looked at.
 *
 * 1. Marks that a copy of ours wrote: they name the ETag and the Last-Modified that the source lists now. Whole seconds are compared: a HEAD,
 *    where marks come from, has no more. A newer Last-Modified with the same ETag is an object with new metadata.
 * 2. MD5, where the target lists one and the source's ETag is the same value. An ETag that only looks like an MD5 is never equal to one.
 * 3. ETags, where the listing cannot show marks (S3): equal ones are hashes of equal bytes, and the target must not be older than the source,
 *    else only the metadata is new.
 * 4. Size and time, where the policy trusts them: the target is not older than the source.
 */
export function decideListed(
  source: ListedObject,
  target: TargetSide,
  trust: Trust = "checksum",
): ListedVerdict {
  if (target.state === "absent" || target.size !== source.size) return "candidate";
  return sameByMarks(source, target) ||
    sameByMd5(source, target) ||
    sameByEtag(source, target) ||
    (trust === "size-and-time" && trusted(source, target))
    ? "unchanged"
    : "candidate";
}

/** Whether a listed class says that the bytes cannot be read now; an archived object that was restored is listed the same. */
export function mayBeArchived(source: ListedObject): boolean {
  return source.storageClass !== undefined && ARCHIVED.has(source.storageClass);
}

/** Milliseconds since 1970, in the precision that every cloud shows. */
export function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function sameByMarks(source: ListedObject, { marks }: TargetObject): boolean {
  return (
    marks !== undefined &&
    marks.size === source.size &&
    (marks.etag ?? marks.pin) === source.etag &&
    wholeSeconds(Date.parse(marks.modified)) === wholeSeconds(source.modified)
  );
}

function sameByMd5(source: ListedObject, target: TargetObject): boolean {
  return (
    target.marks === undefined &&
    target.md5 !== undefined &&
    source.etag.length === 32 &&
    target.md5.toString("hex") === source.etag
  );
}

function sameByEtag(source: ListedObject, target: TargetObject): boolean {
  return (
    target.marksAre === "unseen" &&
    withoutQuotes(target.etag) === source.etag &&
    notOlder(source, target)
  );
}

function trusted(source: ListedObject, target: TargetObject): boolean {
  // Two MD5s that differ say more than size and time.
  const compared = target.md5 !== undefined && source.etag.length === 32;
  return target.marks === undefined && !compared && notOlder(source, target);
}

function notOlder(source: ListedObject, target: TargetObject): boolean {
  return (
    target.modified !== undefined && wholeSeconds(target.modified) >= wholeSeconds(source.modified)
  );
}

function withoutQuotes(etag: string): string {
  return etag.startsWith('"') && etag.endsWith('"') ? etag.slice(1, -1) : etag;
}
