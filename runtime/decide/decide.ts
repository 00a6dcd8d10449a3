import type {
  Expecting,
  Restore,
  SourceObject,
  SourceSide,
  TargetObject,
  TargetSide,
} from "../stores/contract.ts";
import { inScope, sizeInScope, timeInScope } from "./filter.ts";
import { wholeSeconds } from "./listed.ts";
import type { TargetName } from "./names.ts";
import type { Policy } from "./policy.ts";

export type { Policy } from "./policy.ts";

export type Decision =
  | { readonly do: "copy"; readonly expecting: Expecting; readonly reason: string }
  | { readonly do: "delete"; readonly expecting: Expecting; readonly reason: string }
  | { readonly do: "unchanged"; readonly reason: string }
  | { readonly do: "skip"; readonly reason: string }
  | { readonly do: "hold"; readonly class: string; readonly reason: string }
  /** Ask for the archived object, and hold until it is there. */
  | {
      readonly do: "restore";
      readonly restore: Restore;
      readonly class: string;
      readonly reason: string;
    }
  | { readonly do: "refuse"; readonly class: string; readonly reason: string };

/** What can be said of a key before either side is looked at; undefined: look. */
export function decideByName(key: string, name: TargetName, policy: Policy): Decision | undefined {
  const scope = inScope(key, policy.scope);
  if (!scope.in) return skip(scope.reason);
  if (!name.ok) return { do: "refuse", class: name.class, reason: name.reason };
  return undefined;
}

/**
 * Decides what one key needs. Pure: the same sides and policy always give the same decision.
 *
 * What the target holds is told by, best first: the marks that a copy of ours wrote (the source's pin, size and Last-Modified; a new Last-Modified
 * alone means new metadata); without marks, by size and a checksum that both sides keep (CRC-64/NVME, then MD5, then the ETag, which is a hash
 * of the bytes where it is equal); else it is not known, and is copied again, but where the policy trusts size and time. Size alone is never enough.
 */
export function decide(source: SourceSide, target: TargetSide, policy: Policy): Decision {
  if (source.state === "absent") return decideAbsent(target, policy);
  const { object } = source;
  const size = sizeInScope(object.size, policy.scope);
  if (!size.in) return skip(size.reason);
  const time = timeInScope(object.modified, policy.scope);
  if (!time.in) return skip(time.reason);
  const difference = target.state === "absent" ? ABSENT : differenceOf(object, target, policy);
  if (difference.same) return { do: "unchanged", reason: difference.reason };
  if (object.archived !== undefined) return archivedObject(object, object.archived, policy);
  return { do: "copy", expecting: expecting(target), reason: difference.reason };
}

interface Difference {
  readonly same: boolean;
  readonly reason: string;
}

const ABSENT: Difference = { same: false, reason: "absent at the target" };

function differenceOf(object: SourceObject, target: TargetObject, policy: Policy): Difference {
  if (target.size !== object.size) return differs(`the target has ${target.size} bytes`);
  if (target.marks !== undefined) return byMarks(object, target.marks);
  const proof = commonProof(object, target);
  if (proof !== undefined) {
    if (proof.equal) return same(`the target holds the same bytes, by size and ${proof.name}`);
    return differs(`the target's ${proof.name} differs`);
  }
  if (policy.trust === "size-and-time" && notOlder(object, target)) {
    return same("the target has the same size and is not older");
  }
  return differs("both sides keep no checksum to compare");
}

function byMarks(object: SourceObject, marks: NonNullable<TargetObject["marks"]>): Difference {
  if (marks.pin !== object.pin.text || marks.size !== object.size) {
    return differs("the target holds another version");
  }
  if (marks.modified !== object.modified) return differs("the source was written again");
  return same("the target holds this version");
}

/** The best checksum that both sides keep. Unequal ETags prove nothing: most are no hashes of the bytes alone. */
function commonProof(
  object: SourceObject,
  target: TargetObject,
): { readonly name: string; readonly equal: boolean } | undefined {
  if (object.crc64 !== undefined && target.crc64 !== undefined) {
    return { name: "CRC-64/NVME", equal: object.crc64 === target.crc64 };
  }
  if (object.md5 !== undefined && target.md5 !== undefined) {
    return { name: "MD5", equal: object.md5.equals(target.md5) };
  }
  const etag = target.etag.replaceAll('"', "");
  return etag !== "" && etag === object.pin.etag ? { name: "ETag", equal: true } : undefined;
}

function notOlder(object: SourceObject, { modified }: TargetObject): boolean {
  return (
    modified !== undefined && wholeSeconds(modified) >= wholeSeconds(Date.parse(object.modified))
  );
}

function decideAbsent(target: TargetSide, policy: Policy): Decision {
  if (target.state === "absent") return skip("absent on both sides");
  if (policy.deletes === "ignore") return skip("deletes are ignored");
  if (target.marks?.writer !== policy.writer) {
    return skip("deleted at the source; the target was not written by this pipeline");
  }
  return { do: "delete", expecting: expecting(target), reason: "absent at the source" };
}

function archivedObject(object: SourceObject, where: string, policy: Policy): Decision {
  const wanted = policy.archived ?? { do: "hold" };
  if (object.restoring === true) {
    const reason = `archived in ${where}, its restore is under way: it is copied when that ends`;
    return { do: "hold", class: "Restoring", reason };
  }
  if (wanted.do === "hold") {
    return { do: "hold", class: "Archived", reason: `archived in ${where}: restore it` };
  }
  const reason = `archived in ${where}, its restore has been asked for: it is copied when that ends`;
  return { do: "restore", restore: wanted, class: "Restoring", reason };
}

function expecting(target: TargetSide): Expecting {
  return target.state === "absent" ? { state: "absent" } : { state: "etag", etag: target.etag };
}

function same(reason: string): Difference {
  return { same: true, reason };
}

function differs(reason: string): Difference {
  return { same: false, reason };
}

function skip(reason: string): Decision {
  return { do: "skip", reason };
}
