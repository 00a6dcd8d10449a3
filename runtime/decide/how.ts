import type { SourceObject, Target } from "../stores/contract.ts";

/** Below it a copy through us needs fewer requests than one by URL: GET and PUT, where by URL needs HEAD and PUT and perhaps a block list. */
export const CHEAPER_BY_URL = 1024 * 1024;

/** How the bytes of one object travel. `why`: why not by URL, where that was wanted. */
export type How =
  | { readonly by: "url"; readonly cut: "whole" | "blocks" }
  | { readonly by: "stream"; readonly cut: "whole" | "blocks"; readonly why: string | undefined };

export interface HowOptions {
  /** `auto`: by URL where it is cheaper and possible; `url`: wherever it is possible. */
  readonly wanted: "auto" | "url" | "stream";
  /** Why this object cannot go by URL, as far as is known. */
  readonly notByUrl: string | undefined;
  /** Whether this source's ETags are MD5s where they look so. */
  readonly md5: "trusted" | "not-trusted";
  readonly target: Pick<Target, "kind" | "putLimit" | "putFromLimit">;
  /** Bytes of a block when the object is streamed. */
  readonly streamedBlock: number;
}

/** Whether by URL is worth thinking of. Pure. */
export function wantsUrl(size: number, wanted: HowOptions["wanted"]): boolean {
  return wanted === "url" ? size > 0 : wanted === "auto" && size >= CHEAPER_BY_URL;
}

/**
 * Decides how an object travels. Pure.
 *
 * By URL in one request only where that request cannot commit anything but the pinned bytes: S3 takes a condition on what it copies, an MD5 is
 * compared by the target itself, a version never changes. Where only a CRC-64 is known the target is asked for the block's CRC first, so the
 * object is staged and compared before it is committed, however small.
 */
export function chooseHow(object: SourceObject, options: HowOptions): How {
  const { wanted, notByUrl, target } = options;
  if (!wantsUrl(object.size, wanted) || notByUrl !== undefined) {
    const cut =
      object.size <= Math.min(target.putLimit, options.streamedBlock) ? "whole" : "blocks";
    return { by: "stream", cut, why: wantsUrl(object.size, wanted) ? notByUrl : undefined };
  }
  const whole = object.size <= target.putFromLimit && provenInOneRequest(object, options);
  return { by: "url", cut: whole ? "whole" : "blocks" };
}

function provenInOneRequest(object: SourceObject, options: HowOptions): boolean {
  if (options.target.kind === "s3") return true;
  if (object.md5 !== undefined && options.md5 === "trusted") return true;
  return object.crc64 === undefined && object.pin.version !== undefined;
}
