import { AwsError } from "../../contract.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Version } from "../index/version.ts";
import { textOf } from "../xml/read.ts";
import { findAllowed, refOf } from "./find.ts";
import { parseDocument } from "../xml/document.ts";

const ARCHIVED = new Set(["GLACIER", "DEEP_ARCHIVE"]);
const DAY_MS = 86_400_000;

/** An archived object is readable only while a restored copy of it lasts. */
export function checkReadable(version: Version, now: Date): void {
  if (!ARCHIVED.has(version.storageClass) || restored(version, now)) return;
  throw s3Error.invalidObjectState(version.storageClass);
}

export function restoreHeader(version: Version, now: Date): string | undefined {
  if (!restored(version, now)) return undefined;
  const expiry = new Date(version.restoredUntil ?? 0).toUTCString();
  return `ongoing-request="false", expiry-date="${expiry}"`;
}

/** Restores an archived object, at once: the hours that S3 takes are not imitated. */
export async function restoreObject(call: Call): Promise<void> {
  call.bucket();
  const version = findAllowed(call, refOf(call), {
    newest: "s3:RestoreObject",
    named: "s3:RestoreObject",
  });
  const request = parseDocument(await call.readText(), "RestoreRequest");
  if (!ARCHIVED.has(version.storageClass)) {
    throw new AwsError(
      "InvalidObjectState",
      403,
      "Restore is not allowed for the object's current storage class",
      { StorageClass: version.storageClass },
    );
  }
  const days = Number(textOf(request, "Days") ?? NaN);
  if (!Number.isInteger(days) || days < 1) throw s3Error.malformedXml();
  const now = call.server.now();
  const again = restored(version, now);
  const restoredUntil = (Math.floor(now.getTime() / DAY_MS) + days + 1) * DAY_MS;
  call.store.commit(undefined, () => call.store.versions.update({ ...version, restoredUntil }));
  call.reply({ status: again ? 200 : 202 });
}

function restored(version: Version, now: Date): boolean {
  return version.restoredUntil !== undefined && version.restoredUntil > now.getTime();
}
