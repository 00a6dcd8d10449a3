import { AwsError } from "../../contract.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import { announce } from "../events/announce.ts";
import type { EventName } from "../events/names.ts";
import type { Version } from "../index/version.ts";
import { textOf } from "../xml/read.ts";
import { findAllowed, refOf } from "./find.ts";
import { parseDocument } from "../xml/document.ts";

const ARCHIVED = new Set(["GLACIER", "DEEP_ARCHIVE"]);
const DAY_MS = 86_400_000;

/** An archived object is readable only while a restored copy of it lasts. */
export function checkReadable(version: Version, now: Date): void {
  if (!ARCHIVED.has(version.storageClass) || stateOf(version, now) === "restored") return;
  throw s3Error.invalidObjectState(version.storageClass);
}

export function restoreHeader(version: Version, now: Date): string | undefined {
  const state = stateOf(version, now);
  if (state === "archived") return undefined;
  if (state === "restoring") return 'ongoing-request="true"';
  const expiry = new Date(version.restoredUntil ?? 0).toUTCString();
  return `ongoing-request="false", expiry-date="${expiry}"`;
}

/** RestoreObject: the object becomes readable after a while, and an event says so. Again, it prolongs what is restored already. */
export async function restoreObject(call: Call): Promise<void> {
  call.bucket();
  const version = findAllowed(call, refOf(call), {
    newest: "s3:RestoreObject",
    named: "s3:RestoreObject",
  });
  const request = parseDocument(await call.readText(), "RestoreRequest");
  if (!ARCHIVED.has(version.storageClass)) throw notArchived(version);
  const days = Number(textOf(request, "Days") ?? NaN);
  if (!Number.isInteger(days) || days < 1) throw s3Error.malformedXml();
  const now = call.server.now();
  const state = stateOf(version, now);
  if (state === "restoring") throw s3Error.restoreAlreadyInProgress();
  const restoredUntil = (Math.floor(now.getTime() / DAY_MS) + days + 1) * DAY_MS;
  const again = state === "restored";
  const { restoring } = call.server;
  const restoredFrom = again ? version.restoredFrom : now.getTime() + restoring.delayMs;
  tell(
    call,
    { ...version, restoredUntil, ...(restoredFrom === undefined ? {} : { restoredFrom }) },
    "ObjectRestore:Post",
  );
  if (!again) {
    restoring.begin(() => {
      complete(call, version);
    });
  }
  call.reply({ status: again ? 200 : 202 });
}

/** Tells of the end of a restore, unless the version is gone by then. */
function complete(call: Call, { bucket, key, id, seq }: Version): void {
  const version = call.store.versions.byId(bucket, key, id);
  if (version?.seq === seq) tell(call, version, "ObjectRestore:Completed");
}

function tell(call: Call, version: Version, event: EventName): void {
  call.store.commit(undefined, (change) => {
    call.store.versions.update(version);
    announce(change, { call, event, version });
  });
}

function notArchived(version: Version): AwsError {
  return new AwsError(
    "InvalidObjectState",
    403,
    "Restore is not allowed for the object's current storage class",
    { StorageClass: version.storageClass },
  );
}

function stateOf(version: Version, now: Date): "archived" | "restoring" | "restored" {
  const { restoredFrom = 0, restoredUntil = 0 } = version;
  if (restoredFrom > now.getTime()) return "restoring";
  return restoredUntil > now.getTime() ? "restored" : "archived";
}
