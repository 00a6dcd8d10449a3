import { chooseHow, wantsUrl } from "../decide/how.ts";
import { retryClass } from "../decide/retry.ts";
import { CloudError } from "../errors.ts";
import type { Expecting, Reference, SourceObject, TargetProperties } from "../stores/contract.ts";
import { copyByUrl } from "./by-url.ts";
import type { Progress } from "./progress.ts";
import { streamCopy } from "./stream.ts";
import type { Checksum, Work } from "./work.ts";

/** One object on its way: what was decided, under which name and condition. */
export interface Copy {
  readonly work: Work;
  readonly object: SourceObject;
  readonly name: string;
  readonly properties: TargetProperties;
  readonly expecting: Expecting;
  readonly progress: Progress;
  /** The object's bytes, where looking brought them. */
  readonly bytes?: Buffer | undefined;
}

export interface Copied {
  readonly how: "stream" | "url";
  /** Null where neither side keeps one. */
  readonly checksum: Checksum | null;
}

/** Copies an object by the way that fits it. What the target's cloud cannot read by itself goes through us, at once. */
export function copyObject(copy: Copy): Promise<Copied> {
  const { work, object, progress } = copy;
  const { source, means } = work;
  if (copy.bytes !== undefined) return streamCopy(copy, "whole");
  const wanted = progress.by ?? means.by;
  const { reference, why } = wantsUrl(object.size, wanted)
    ? referenceFor(copy)
    : { reference: undefined, why: undefined };
  const how = chooseHow(object, {
    wanted,
    notByUrl: reference === undefined ? why : undefined,
    md5: means.reach.trustsMd5(source.label) ? "trusted" : "not-trusted",
    target: work.target.store,
    streamedBlock: work.target.store.cut(object.size, "stream").blockSize,
  });
  if (how.by === "stream" || reference === undefined) {
    if (how.by === "stream" && how.why !== undefined) progress.why = how.why;
    return streamCopy(copy, how.cut);
  }
  return byUrlElseStream(copy, reference, how.cut);
}

function byUrlElseStream(
  copy: Copy,
  reference: Reference,
  cut: "whole" | "blocks",
): Promise<Copied> {
  const { work, object, progress } = copy;
  const { reach } = work.means;
  const { origin } = reference.s3;
  const { label, putLimit } = work.target.store;
  return copyByUrl(copy, reference, cut).then(
    (copied) => {
      reach.worked(origin, label);
      return copied;
    },
    (error: unknown) => {
      if (!(error instanceof CloudError) || retryClass(error.facts) !== "by-stream") throw error;
      progress.why = error.message;
      progress.by = "stream";
      reach.failed(origin, label, error.message);
      const { blockSize } = work.target.store.cut(object.size, "stream");
      return streamCopy(copy, object.size <= Math.min(putLimit, blockSize) ? "whole" : "blocks");
    },
  );
}

/** How the target's cloud reaches the object, or why it cannot. */
function referenceFor(copy: Copy): {
  readonly reference: Reference | undefined;
  readonly why: string | undefined;
} {
  const { work, object } = copy;
  const { store } = work.target;
  const reference = work.source.reference(object.key, object.pin);
  if (reference === undefined) {
    return { reference, why: "this source has no addresses that another cloud could read" };
  }
  const why =
    store.whyNotByUrl(reference) ?? work.means.reach.hopeless(reference.s3.origin, store.label);
  return { reference: why === undefined ? reference : undefined, why };
}
