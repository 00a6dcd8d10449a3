import { sizeInScope } from "../decide/filter.ts";
import { wantsUrl } from "../decide/how.ts";
import { mayBeArchived } from "../decide/listed.ts";
import { retryClass } from "../decide/retry.ts";
import { CloudError } from "../errors.ts";
import type { SourceSide, TargetSide } from "../stores/contract.ts";
import type { Progress } from "./progress.ts";
import { reserve } from "./reserve.ts";
import type { Work } from "./work.ts";

/** The source as it is now; its bytes too where one request brought both. */
export interface Looked {
  readonly side: SourceSide;
  /** Good until `release`. */
  readonly bytes?: Buffer | undefined;
  /** Gives the buffer back. */
  readonly release?: (() => void) | undefined;
}

const MiB = 1024 * 1024;
/** Hints come twice: a body this small costs no more than a HEAD, also when the target turns out to have it. */
const NO_MATTER = 64 * 1024;

/** Looks at the source: by a HEAD, or where a small object will most likely be copied through us, by reading it at once. */
export function lookAtSource(work: Work, seen: TargetSide, progress: Progress): Promise<Looked> {
  const size = expectedSize(work, seen, progress);
  return size === undefined ? lookOnly(work) : fetchWhole(work, size, progress);
}

function lookOnly({ source, candidate, signal }: Work): Promise<Looked> {
  return source.look(candidate.key, signal).then((side) => ({ side }));
}

/** The size of what is worth reading at once; undefined: look first. */
function expectedSize(work: Work, seen: TargetSide, progress: Progress): number | undefined {
  const { candidate, target, means, policy } = work;
  const size = candidate.source?.size ?? candidate.size;
  if (size === undefined || wantsUrl(size, progress.by ?? means.by)) return undefined;
  if (!sizeInScope(size, policy.scope).in) return undefined;
  if (candidate.source === undefined) {
    if (seen.state === "present" && size > NO_MATTER) return undefined;
  } else if (mayBeArchived(candidate.source)) return undefined;
  if (size > MiB) {
    const { putLimit } = target.store;
    if (size > Math.min(putLimit, target.store.cut(size, "stream").blockSize)) return undefined;
  }
  return size;
}

/** Only looks where it cannot be had so: it has outgrown the buffer, or is archived. */
async function fetchWhole(work: Work, size: number, progress: Progress): Promise<Looked> {
  const { source, candidate, target, means, signal } = work;
  const reserving = reserve(work, size, progress);
  if (reserving !== undefined) await reserving;
  const buffer = means.buffers.tryTake(size) ?? (await means.buffers.take(size, signal));
  let kept = false;
  try {
    const allowed = means.rate?.take(size, signal);
    if (allowed !== undefined) await allowed;
    const place = buffer.subarray(0, Math.min(buffer.length, target.store.putLimit));
    // Whatever the listing saw: the object as it is now is what the target should hold.
    const side = await source.fetch(candidate.key, undefined, place, signal);
    if (side.state === "absent") return { side };
    kept = true;
    progress.bytesRead += side.object.size;
    const bytes = buffer.subarray(0, side.object.size);
    return { side, bytes, release: () => means.buffers.give(buffer) };
  } catch (error) {
    if (!(error instanceof CloudError && mustLook(error))) throw error;
  } finally {
    if (!kept) means.buffers.give(buffer);
  }
  return lookOnly(work);
}

function mustLook(error: CloudError): boolean {
  return error.code === "TooLong" || retryClass(error.facts) === "hold";
}
