import type { HeaderReader } from "./checksums/declared.ts";
import { s3Error } from "./errors.ts";
import type { Version } from "./index/version.ts";

/** What conditions are weighed against. */
export type Tagged = Pick<Version, "etag" | "modified">;

export type ReadVerdict =
  | { readonly kind: "proceed" }
  | { readonly kind: "not-modified" }
  | { readonly kind: "failed"; readonly condition: string };

/**
 * Weighs the conditions of a read. If-Match outweighs If-Unmodified-Since and If-None-Match outweighs
 * If-Modified-Since, as S3 documents for GetObject.
 */
export function readVerdict(header: HeaderReader, version: Tagged): ReadVerdict {
  const [match, noneMatch] = [header("if-match"), header("if-none-match")];
  if (match !== undefined) {
    if (!matches(match, version.etag)) return { kind: "failed", condition: "If-Match" };
  } else if (changedSince(header("if-unmodified-since"), version) === true) {
    return { kind: "failed", condition: "If-Unmodified-Since" };
  }
  if (noneMatch !== undefined) {
    return matches(noneMatch, version.etag) ? { kind: "not-modified" } : { kind: "proceed" };
  }
  return changedSince(header("if-modified-since"), version) === false
    ? { kind: "not-modified" }
    : { kind: "proceed" };
}

/** Weighs the x-amz-copy-source-if-* conditions; each that does not hold is a PreconditionFailed. */
export function checkCopySource(header: HeaderReader, version: Tagged): void {
  const verdict = readVerdict((name) => header(`x-amz-copy-source-${name}`), version);
  if (verdict.kind === "failed") {
    throw s3Error.preconditionFailed(`x-amz-copy-source-${verdict.condition}`);
  }
  if (verdict.kind === "not-modified") {
    throw s3Error.preconditionFailed(
      header("x-amz-copy-source-if-none-match") === undefined
        ? "x-amz-copy-source-If-Modified-Since"
        : "x-amz-copy-source-If-None-Match",
    );
  }
}

/**
 * Weighs If-Match and If-None-Match of a write against what is there now.
 * @param current the newest version; a delete marker counts as nothing
 */
export function checkWrite(
  header: HeaderReader,
  key: string,
  current: (Tagged & { readonly marker: boolean }) | undefined,
): void {
  const [match, noneMatch] = [header("if-match"), header("if-none-match")];
  const there = current?.marker === false ? current : undefined;
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== "*") throw s3Error.notImplemented("If-None-Match");
    if (match !== undefined) throw s3Error.notImplemented("If-Match");
    if (there) throw s3Error.preconditionFailed("If-None-Match");
  }
  if (match !== undefined) {
    if (match.trim() === "*") throw s3Error.notImplemented("If-Match");
    if (!there) throw s3Error.noSuchKey(key);
    if (!matches(match, there.etag)) throw s3Error.preconditionFailed("If-Match");
  }
}

/** Weighs the If-Match of a delete: an ETag, or `*` for anything that is there. */
export function checkDelete(
  match: string | undefined,
  key: string,
  current: (Tagged & { readonly marker: boolean }) | undefined,
): void {
  if (match === undefined) return;
  if (current?.marker !== false) throw s3Error.noSuchKey(key);
  if (!matches(match, current.etag)) throw s3Error.preconditionFailed("If-Match");
}

/** Whether a list of ETags, quoted or not, or `*`, names this one. */
function matches(list: string, etag: string): boolean {
  return list
    .split(",")
    .map((item) => item.trim().replace(/^W\//, "").replace(/^"|"$/g, ""))
    .some((item) => item === "*" || item === etag);
}

/** HTTP dates have whole seconds; an unreadable or future one counts as not given. */
function changedSince(date: string | undefined, version: Tagged): boolean | undefined {
  const time = date === undefined ? NaN : Date.parse(date);
  return Number.isNaN(time) ? undefined : Math.floor(version.modified / 1000) * 1000 > time;
}
