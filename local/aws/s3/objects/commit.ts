import type { Staged } from "../bodies/bodies.ts";
import { checksumHeader } from "../checksums/algorithm.ts";
import type { Call, Server } from "../context.ts";
import type { EventName } from "../events/names.ts";
import { announce } from "../events/announce.ts";
import { bodiesOf } from "../index/version.ts";
import type { Version } from "../index/version.ts";
import { newVersionId } from "../names.ts";
import { encryptionHeaders } from "./encryption.ts";
import { shownVersionId } from "./find.ts";
import type { Received } from "./receive.ts";

/** A version before it has a place among the others. */
export type NewVersion = Omit<Version, "seq" | "id" | "modified" | "marker">;

export interface Commit {
  readonly version: NewVersion;
  readonly event: EventName;
  /** The body that arrived for it. */
  readonly staged?: Staged;
  /** Weighed at the very moment of the commit, against the newest version. */
  readonly check: (current: Version | undefined) => void;
  /** What else changes with it; returns bodies that are no longer named. */
  readonly also?: () => readonly string[];
}

/** Makes a version the newest of its key, unless the check throws; then its body is forgotten. */
export async function commitVersion(call: Call, commit: Commit): Promise<Version> {
  try {
    commit.check(call.store.versions.latest(commit.version.bucket, commit.version.key));
    return addVersion(call, commit);
  } catch (error) {
    if (commit.staged) await call.store.discard(commit.staged);
    throw error;
  }
}

function addVersion(call: Call, { version: draft, event, staged, also }: Commit): Version {
  const { store, server } = call;
  const now = server.now();
  const version: Version = {
    ...draft,
    marker: false,
    seq: store.nextSeq(now),
    modified: now.getTime(),
    id: versionIdFor(server, draft.bucket),
  };
  store.commit(staged, (change) => {
    const replaced = store.versions.add(version);
    if (replaced) change.drop(bodiesOf(replaced));
    change.drop(also?.() ?? []);
    announce(change, { call, event, version });
  });
  return version;
}

/** New versions of a bucket with versioning have an id of their own, all others are the null version. */
export function versionIdFor(server: Server, bucket: string): string {
  const enabled = server.store.buckets.find(bucket)?.versioning === "Enabled";
  return enabled ? newVersionId() : "null";
}

/** The single segment and the checksum of a body received in one piece. */
export function wholeBody(
  received: Received,
): Pick<NewVersion, "size" | "segments" | "multipart" | "checksum"> {
  const { staged, algorithm, checksum } = received;
  return {
    size: staged.size,
    segments: [{ body: staged.id, size: staged.size }],
    multipart: false,
    checksum: { algorithm, value: checksum, type: "FULL_OBJECT" },
  };
}

/** The headers with which S3 confirms a new version. */
export function confirmation(call: Call, version: Version): Record<string, string | undefined> {
  const { checksum } = version;
  return {
    etag: `"${version.etag}"`,
    "x-amz-version-id": shownVersionId(call, version.bucket, version.id),
    ...encryptionHeaders(version.attributes),
    ...(checksum
      ? {
          [checksumHeader(checksum.algorithm)]: checksum.value,
          "x-amz-checksum-type": checksum.type,
        }
      : {}),
  };
}
