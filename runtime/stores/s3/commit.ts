import { marksFromMetadata } from "../../decide/marks.ts";
import { CloudError } from "../../errors.ts";
import type { Committed, Expecting, TargetProperties, TargetSide } from "../contract.ts";
import type { S3Bucket } from "./bucket.ts";

/** What was to be committed, to be told again in what the target shows. */
export interface Intended {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly crc: bigint | undefined;
  readonly properties: TargetProperties;
}

type Look = (name: string, signal: AbortSignal) => Promise<TargetSide>;

/**
 * Does what commits, and again where the table of errors says so. A repetition that is refused may be refused because of what the first has done
 * when its answer was lost: then what the target shows tells.
 */
export function commitOnce<T extends Committed>(
  bucket: S3Bucket,
  look: Look,
  intended: Intended,
  act: () => Promise<T>,
  done: (committed: Committed) => T,
  signal: AbortSignal,
): Promise<T> {
  let unanswered = false;
  return bucket.attempts(async () => {
    try {
      return await act();
    } catch (error) {
      if (unanswered && isRefusal(error)) {
        const side = await look(intended.name, signal);
        if (isThere(side, intended)) return done({ etag: side.etag });
      }
      unanswered ||= error instanceof CloudError && noAnswer(error);
      throw error;
    }
  }, signal);
}

/** Refuses by a look what a server would not refuse by itself. */
export async function refuseChanged(
  bucket: S3Bucket,
  look: Look,
  name: string,
  expecting: Expecting,
  signal: AbortSignal,
): Promise<void> {
  const side = await look(name, signal);
  const same =
    expecting.state === "absent"
      ? side.state === "absent"
      : side.state === "present" && side.etag === expecting.etag;
  if (same) return;
  throw new CloudError({
    ...bucket.asked("s3:PutObject", name),
    code: "PreconditionFailed",
    status: 412,
    said: "the target is no longer what it was",
  });
}

function isThere(
  side: TargetSide,
  intended: Intended,
): side is TargetSide & { readonly state: "present" } {
  if (side.state === "absent" || side.size !== intended.size) return false;
  if (side.crc64 !== undefined && intended.crc !== undefined && side.crc64 !== intended.crc) {
    return false;
  }
  const wanted = marksFromMetadata(intended.properties.metadata, "-");
  const { marks } = side;
  if (wanted === undefined || marks === undefined) return side.crc64 === intended.crc;
  return (
    marks.pin === wanted.pin && marks.modified === wanted.modified && marks.writer === wanted.writer
  );
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof CloudError &&
    ["PreconditionFailed", "NoSuchUpload", "NoSuchKey", "ConditionalRequestConflict"].includes(
      error.code,
    )
  );
}

/** It may have been done all the same. */
function noAnswer({ facts }: CloudError): boolean {
  return facts.status === 0 || facts.status >= 500;
}
